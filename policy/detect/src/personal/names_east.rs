//! Names of persons in Han, kana and Hangul, which have no capitals: behind a label or a word that introduces, and before
//! a form of address.
//!
//! Honest limits: a name in the middle of a sentence with nothing beside it is not seen; nor are names of scripts that
//! part words by spaces and know no capitals (Arabic, Hebrew, Hindi), or write none (Thai).

use super::lexicon::{Lexicon, Marks};
use super::{Data, Datum};
use crate::config::PlanError;
use crate::patterns::before;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::borrow::Cow;
use std::ops::Range;

/// The compiled search of this file.
pub(super) struct EasternNames {
    signs: AhoCorasick,
    surnames: Lexicon,
}

/// Surnames of one letter and of two, and what those begin with.
const ONE: Marks = Marks::nth(0);
const TWO: Marks = Marks::nth(1);
const FIRST: Marks = Marks::nth(2);

/// Labels, and words that introduce a person, behind which a name stands.
const BEFORE: [&str; 33] = [
    "姓名",
    "名字",
    "客户",
    "患者",
    "收件人",
    "收货人",
    "联系人",
    "投保人",
    "申请人",
    "我叫",
    "我的名字是",
    "名叫",
    "氏名",
    "お名前",
    "名前",
    "担当者",
    "契約者",
    "申込者",
    "宛名",
    "顧客名",
    "患者名",
    "客戶",
    "聯絡人",
    "收件者",
    "이름",
    "성명",
    "성함",
    "고객명",
    "환자명",
    "담당자",
    "수취인",
    "예금주",
    "신청인",
];
/// Forms of address behind a name.
const BEHIND: [&str; 8] = ["先生", "女士", "小姐", "様", "さん", "님", "씨", "氏は"];
/// What words end with that such a form only seems to follow (`高級仕様`, `서울날씨`), and what ends words for groups and
/// roles instead of names (`정회원님`, `名前: 任意`).
const NO_NAMES: [&str; 42] = [
    "同", "仕", "模", "多", "異", "有", "神", "王", "皆", "날", "글", "솜", "맵", "말", "회원", "우자", "문가", "리자",
    "용자", "사장", "교수", "부모", "객", "팀", "부", "어", "자", "者", "员", "員", "額", "额", "意", "团", "団", "社",
    "部", "課", "店", "公司", "客", "会",
];
/// Surnames of one letter: of China, and of Korea in both scripts.
const SURNAMES: &str = "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾萧蕭田董袁潘于蒋蔣蔡余杜叶葉程苏蘇魏吕呂丁任沈姚卢盧姜崔钟鍾谭譚陆陸汪范金石廖贾賈韦韋夏付方白邹鄒孟熊秦邱江尹薛闫雷侯龙龍陶黎贺賀顾顧毛郝龚龔邵万萬钱錢严嚴武戴莫孔向汤湯김이박최정강조윤장임한오서신권황안송류유홍전고문양손배백허남심노하곽성차주우구민진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모";
/// Of two letters, of Japan.
const SURNAMES_OF_TWO: &str = "佐藤 鈴木 高橋 田中 伊藤 渡辺 渡邊 山本 中村 小林 加藤 吉田 山田 佐々 山口 松本 井上 木村 斎藤 清水 山崎 阿部 池田 橋本 山下 石川 中島 前田 藤田 小川 後藤 岡田 長谷 村上 近藤 石井 坂本 遠藤 青木 藤井 西村 福田 太田 三浦 藤原 岡本 松田 中川 中野 原田 小野 田村 竹内 金子 和田 中山 石田 上田 森田 柴田 酒井 工藤 横山 宮崎 宮本 内田 高木 安藤 谷口 大野 丸山 今井 武田 藤本 村田 上野 杉山 増田 菅原 平野 大塚 千葉 久保 松井 岩崎 桜井 木下 野口 松尾 菊地 野村 新井 渡部 司马 欧阳 上官 诸葛";
/// A name with its surname.
const LETTERS_MIN: usize = 2;
const LETTERS_MAX: usize = 5;
/// The same before a form of address, and the letters of one.
const NAME_LETTERS_MAX: usize = 4;
const FORM_LETTERS_MAX: usize = 2;
/// `: `, `：「`
const GAP_LETTERS_MAX: usize = 3;

impl EasternNames {
    pub(super) fn new() -> Result<Self, PlanError> {
        let signs = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(BEFORE.iter().chain(&BEHIND))
            .map_err(|error| PlanError::Pattern { rule: "pii.person".to_owned(), cause: error.to_string() })?;
        let mut surnames = Lexicon::default();
        SURNAMES.chars().for_each(|surname| surnames.add(surname.encode_utf8(&mut [0; 4]), ONE));
        for surname in SURNAMES_OF_TWO.split(' ') {
            surnames.add(surname, TWO);
            surname.chars().take(1).for_each(|first| surnames.add(first.encode_utf8(&mut [0; 4]), FIRST));
        }
        Ok(Self { signs, surnames })
    }

    pub(super) fn scan(&self, text: &str, data: &mut Data) {
        // Without a letter of these scripts there is nothing to look for.
        if !text.bytes().fold(false, |any, byte| any | (0xe4..=0xed).contains(&byte)) {
            return;
        }
        for sign in self.signs.find_iter(text) {
            let announces = sign.pattern().as_usize() < BEFORE.len();
            let name = match announces {
                true => self.name_behind(text, sign.end()),
                false => self.name_before(text, sign.start()),
            };
            if let Some(span) = name.filter(|span| !data.taken(span)) {
                data.push(Datum { span, type_: "PERSON", rule: Cow::Borrowed("pii.person"), score: 0.8 });
            }
        }
    }

    /// The name behind a label and its colon, or directly behind a word that introduces.
    fn name_behind(&self, text: &str, at: usize) -> Option<Range<usize>> {
        let rest = text.get(at..)?;
        let gap: String = rest.chars().take_while(|c| !is_letter(*c)).take(GAP_LETTERS_MAX + 1).collect();
        let labelled = gap.contains([':', '：', '=', '|', '"']);
        if gap.chars().count() > GAP_LETTERS_MAX || gap.contains(['\n', '。', '，', '、', ',', '.']) {
            return None;
        }
        let start = at + gap.len();
        let name = letters(text.get(start..)?.chars());
        let introduced = ["我叫", "名叫", "我的名字是"].iter().any(|word| before(text, at, 15).ends_with(word));
        if !(labelled || (introduced && gap.is_empty())) {
            return None;
        }
        let count = name.chars().count();
        // In a sentence the name ends where its letters do: after two of a given name at most.
        let name = if labelled { name } else { name.chars().take(3).collect() };
        let known = self.surname_letters(&name) > 0 && is_long_enough(&name);
        let longest = if name.contains(is_kana) { LETTERS_MAX } else { self.surname_letters(&name) + 2 };
        (known && (LETTERS_MIN..=longest).contains(&count.min(if labelled { count } else { 3 })))
            .then(|| start..start + name.len())
    }

    /// The name before a form of address: a surname with one or two letters behind it.
    fn name_before(&self, text: &str, at: usize) -> Option<Range<usize>> {
        let head: Vec<(usize, char)> = text.get(..at)?.char_indices().rev().take(LETTERS_MAX).collect();
        let run = head.iter().take_while(|(_, c)| is_letter(*c)).count();
        // The longest that begins with a surname, so that nothing of the name is left.
        (LETTERS_MIN..=run.min(NAME_LETTERS_MAX)).rev().find_map(|count| {
            let start = head.get(count - 1)?.0;
            let name = text.get(start..at)?;
            let surname = self.surname_letters(name);
            let spelt = surname == 2 || !name.contains(is_kana);
            (surname > 0 && spelt && (1..=2).contains(&(count - surname)) && is_long_enough(name)).then_some(start..at)
        })
    }

    /// Where the name may begin with which a text ends, as long as its rest or a form of address may come behind it.
    pub(super) fn open_in(&self, text: &str) -> Option<usize> {
        let letters = text.char_indices().rev().take(NAME_LETTERS_MAX + FORM_LETTERS_MAX - 1);
        let letters: Vec<usize> = letters.take_while(|(_, c)| is_letter(*c)).map(|(at, _)| at).collect();
        letters.into_iter().rev().find(|at| {
            let name = text.get(*at..).unwrap_or_default();
            self.surname_letters(name) > 0 || self.surnames.marks(name).has(FIRST)
        })
    }

    /// Letters of the surname that a name begins with: none, one or two.
    fn surname_letters(&self, name: &str) -> usize {
        let end = |letters: usize| name.char_indices().nth(letters).map_or(name.len(), |(at, _)| at);
        let has =
            |letters: usize, mark| name.get(..end(letters)).is_some_and(|head| self.surnames.marks(head).has(mark));
        match (has(2, TWO), has(1, ONE)) {
            (true, _) => 2,
            (false, true) => 1,
            _ => 0,
        }
    }
}

/// Two letters of Hangul are mostly a word: `고객`, `선생`. So are some of three.
fn is_long_enough(name: &str) -> bool {
    const ROLES: [&str; 14] = [
        "변호사",
        "이용자",
        "구매자",
        "신청자",
        "주문자",
        "방문자",
        "구독자",
        "소비자",
        "지원자",
        "진행자",
        "임직원",
        "연구원",
        "안내원",
        "공무원",
    ];
    if NO_NAMES.iter().any(|end| name.ends_with(end)) {
        return false;
    }
    let hangul = name.contains(|c: char| matches!(c, '\u{ac00}'..='\u{d7a3}'));
    !hangul || ((3..=4).contains(&name.chars().count()) && !ROLES.contains(&name))
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}')
}

/// The letters up to the first sign.
fn letters(chars: impl Iterator<Item = char>) -> String {
    chars.take(LETTERS_MAX + 1).take_while(|c| is_letter(*c)).collect()
}

/// Of Han, kana or Hangul.
fn is_letter(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '々')
}
