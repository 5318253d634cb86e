//! Words of other languages than English that mean sending, in the forms in which tools are named: what to do, and the
//! infinitive; and the third person, in which they are described.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Whole words without accents, in small letters. Of German both spellings of an umlaut.
const WORDS: &[&str] = &[
    // German
    "sende",
    "senden",
    "sendet",
    "versende",
    "versenden",
    "versendet",
    "schicke",
    "schicken",
    "schickt",
    "verschicke",
    "verschicken",
    "verschickt",
    "abschicken",
    "absenden",
    "einreichen",
    "hochladen",
    "weiterleiten",
    "veroffentliche",
    "veroffentlichen",
    "veroffentlicht",
    "veroeffentliche",
    "veroeffentlichen",
    "veroeffentlicht",
    "teilen",
    "antworten",
    "beantworten",
    "ubermitteln",
    "uebermitteln",
    "ubermittelt",
    "benachrichtigen",
    "benachrichtige",
    "einladen",
    // French
    "envoyer",
    "envoie",
    "envoyez",
    "publier",
    "publie",
    "partager",
    "partage",
    "repondre",
    "transferer",
    "transfere",
    "transmettre",
    "transmets",
    "diffuser",
    "diffuse",
    "televerser",
    "notifier",
    "inviter",
    "soumettre",
    // Spanish, Portuguese
    "enviar",
    "envia",
    "enviado",
    "mandar",
    "manda",
    "publicar",
    "publica",
    "compartir",
    "comparte",
    "compartilhar",
    "partilhar",
    "responder",
    "responde",
    "reenviar",
    "reenvia",
    "encaminhar",
    "encaminha",
    "notificar",
    "notifica",
    "difundir",
    "transmitir",
    "transmite",
    "invitar",
    "convidar",
    "subir",
    "submeter",
    // Italian, Romanian
    "invia",
    "inviare",
    "invii",
    "spedire",
    "spedisci",
    "mandare",
    "pubblicare",
    "pubblica",
    "condividere",
    "condividi",
    "rispondere",
    "rispondi",
    "inoltrare",
    "inoltra",
    "notificare",
    "invitare",
    "trasmettere",
    "trimite",
    "trimiti",
    "trimitere",
    "publicati",
    "distribuie",
    "raspunde",
    // Dutch
    "stuur",
    "stuurt",
    "sturen",
    "verstuur",
    "verstuurt",
    "versturen",
    "verzend",
    "verzendt",
    "verzenden",
    "doorsturen",
    "publiceer",
    "publiceren",
    "beantwoord",
    "beantwoorden",
    "uitnodigen",
    // Swedish, Danish, Norwegian, Finnish
    "skicka",
    "skickar",
    "sand",
    "sanda",
    "sender",
    "publicera",
    "publicerar",
    "svara",
    "dela",
    "offentliggor",
    "svar",
    "del",
    "laheta",
    "lahettaa",
    "julkaise",
    "vastaa",
    // Polish, Czech, Slovak
    "wyslij",
    "wyslac",
    "wysyla",
    "wysylaj",
    "wysylanie",
    "opublikuj",
    "publikuj",
    "udostepnij",
    "odpowiedz",
    "przekaz",
    "przeslij",
    "powiadom",
    "zapros",
    "odesli",
    "odeslat",
    "posli",
    "poslat",
    "posle",
    "odoslat",
    "zverejni",
    "zverejnit",
    "sdilet",
    "sdilej",
    "zdielat",
    "preposlat",
    // Hungarian, Turkish, Greek
    "kuld",
    "kuldes",
    "kuldese",
    "elkuld",
    "gonder",
    "gonderir",
    "gondermek",
    "gonderme",
    "yolla",
    "yayinla",
    "paylas",
    "ilet",
    "yanitla",
    "στειλε",
    "στειλτε",
    "αποστολη",
    "δημοσιευσε",
    "κοινοποιησε",
    // Russian, Ukrainian, and as written in Latin letters
    "отправить",
    "отправь",
    "отправляет",
    "отправка",
    "послать",
    "пошли",
    "переслать",
    "опубликовать",
    "поделиться",
    "ответить",
    "разослать",
    "надiслати",
    "надіслати",
    "надсилає",
    "відправити",
    "відправляє",
    "опублікувати",
    "поширити",
    "otpravit",
    "poslat",
    "opublikovat",
    "nadislaty",
    "vidpravyty",
    // Arabic, Hindi, Vietnamese, Indonesian
    "ارسل",
    "أرسل",
    "إرسال",
    "ارسال",
    "يرسل",
    "نشر",
    "شارك",
    "भेजें",
    "भेजो",
    "भेजना",
    "भेजता",
    "gui",
    "gửi",
    "kirim",
    "kirimkan",
    "mengirim",
    "bagikan",
];
/// Words that are written without spaces around them.
const WITHIN: &[&str] = &[
    "发送",
    "發送",
    "发邮件",
    "發郵件",
    "发布",
    "發布",
    "转发",
    "轉發",
    "分享",
    "上传",
    "上傳",
    "群发",
    "回复邮件",
    "送信",
    "投稿",
    "転送",
    "共有",
    "アップロード",
    "보내",
    "전송",
    "발송",
    "게시",
    "공유",
    "업로드",
    "ส่ง",
];

/// The words, to be looked up.
static KNOWN: LazyLock<HashSet<&'static str>> = LazyLock::new(|| WORDS.iter().copied().collect());

/// Whether a word means sending. It is in small letters.
pub(super) fn means_sending(word: &str) -> bool {
    if KNOWN.contains(word) {
        return true;
    }
    if word.is_ascii() {
        return false;
    }
    let plain: String = word.chars().filter_map(plain).collect();
    KNOWN.contains(plain.as_str()) || WITHIN.iter().any(|inner| word.contains(inner))
}

/// A letter without its accent; nothing of an accent that stands alone.
fn plain(letter: char) -> Option<char> {
    Some(match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => 'e',
        'ğ' => 'g',
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => 'i',
        'ł' | 'ľ' => 'l',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ő' => 'o',
        'ř' => 'r',
        'ś' | 'ş' | 'ș' | 'š' => 's',
        'ť' | 'ţ' | 'ț' => 't',
        'ù' | 'ú' | 'û' | 'ü' | 'ű' | 'ů' => 'u',
        'ý' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        'ά' => 'α',
        'έ' => 'ε',
        'ή' => 'η',
        'ί' => 'ι',
        'ό' => 'ο',
        'ύ' => 'υ',
        'ώ' => 'ω',
        '\u{300}'..='\u{36f}' => return None,
        letter => letter,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_with_and_without_accents() {
        for word in
            ["wyślij", "wyslij", "gönder", "gonder", "répondre", "στείλε", "veröffentlichen", "lähetä", "全部发送"]
        {
            assert!(means_sending(word), "{word}");
        }
        for word in ["environment", "sendung", "mandate", "публика", "发现", "public", "partager2"] {
            assert!(!means_sending(word), "{word}");
        }
    }

    #[test]
    fn the_lists_are_written_as_words_are_compared() {
        for word in WORDS {
            let folded: String = word.chars().filter_map(plain).collect();
            assert!(means_sending(word) && word.to_lowercase() == **word, "{word} {folded}");
        }
    }
}
