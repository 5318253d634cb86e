//! The catalogue as others see it.

use gnomon_discovery::Catalogue;
use gnomon_types::asset::ServiceKind;

/// Host, path (`-` when hidden) and the service, or `-`.
const CASES: [(&str, &str, &str); 82] = [
    ("chatgpt.com", "-", "chatgpt"),
    ("CHATGPT.COM.", "-", "chatgpt"),
    ("ab.chatgpt.com", "-", "chatgpt"),
    ("chat.openai.com", "-", "chatgpt"),
    ("files.oaiusercontent.com", "-", "chatgpt"),
    ("api.openai.com", "/v1/responses", "openai-api"),
    ("openai.com", "-", "openai"),
    ("status.openai.com", "-", "-"),
    ("chatgpt.com.evil.example", "-", "-"),
    ("notopenai.com", "-", "-"),
    ("chatgpt.co", "-", "-"),
    ("chatgptcom", "-", "-"),
    ("openai.com.cn", "-", "-"),
    ("xn--chatgpt-xyz.com", "-", "-"),
    ("с\u{68}atgpt.com", "-", "-"),
    ("", "-", "-"),
    (".", "-", "-"),
    ("com", "-", "-"),
    ("claude.ai", "-", "claude"),
    ("api.anthropic.com", "-", "anthropic-api"),
    ("gemini.google.com", "-", "gemini"),
    ("www.google.com", "-", "-"),
    ("mail.google.com", "-", "-"),
    ("www.google.com", "/search?q=x&udm=50", "google-ai-mode"),
    ("generativelanguage.googleapis.com", "-", "gemini-api"),
    ("storage.googleapis.com", "-", "-"),
    ("aiplatform.googleapis.com", "-", "vertex-ai"),
    ("europe-west3-aiplatform.googleapis.com", "-", "vertex-ai"),
    ("copilot.microsoft.com", "-", "microsoft-copilot"),
    ("www.microsoft.com", "-", "-"),
    ("login.microsoftonline.com", "-", "-"),
    ("acme.openai.azure.com", "-", "azure-openai"),
    ("acme.blob.core.windows.net", "-", "-"),
    ("openaiassets.blob.core.windows.net", "-", "chatgpt"),
    ("acme.cognitiveservices.azure.com", "-", "azure-ai-services"),
    ("bedrock-runtime.eu-central-1.amazonaws.com", "-", "bedrock"),
    ("vpce-0a1b.bedrock-runtime.eu-central-1.vpce.amazonaws.com", "-", "bedrock"),
    ("s3.eu-central-1.amazonaws.com", "-", "-"),
    ("bedrock-runtime.s3.evil.example", "-", "-"),
    ("api.githubcopilot.com", "-", "github-copilot"),
    ("api.githubcopilot.com", "/mcp/", "mcp-github"),
    ("proxy.individual.githubcopilot.com", "-", "github-copilot"),
    ("github.com", "-", "-"),
    ("github.com", "/copilot/c/1", "github-copilot-web"),
    ("raw.githubusercontent.com", "-", "-"),
    ("www.notion.so", "-", "-"),
    ("www.notion.so", "/api/v3/runInferenceTranscript", "notion-ai"),
    ("www.notion.so", "/api/v3/loadPageChunk", "-"),
    ("slack.com", "/api/chat.postMessage", "-"),
    ("chat.deepseek.com", "-", "deepseek"),
    ("api.deepseek.com", "-", "deepseek-api"),
    ("dashscope.aliyuncs.com", "-", "dashscope"),
    ("oss-cn-hangzhou.aliyuncs.com", "-", "-"),
    ("yiyan.baidu.com", "-", "ernie-bot"),
    ("www.baidu.com", "-", "-"),
    ("alice.yandex.ru", "-", "alice"),
    ("yandex.ru", "-", "-"),
    ("browser-intake-datadoghq.com", "-", "-"),
    ("o33249.ingest.sentry.io", "-", "-"),
    ("openai.qualtrics.com", "-", "-"),
    ("host.livekit.cloud", "-", "-"),
    ("liveperson.net", "-", "-"),
    ("elements.envato.com", "-", "-"),
    ("www.canva.com", "-", "-"),
    ("app.gong.io", "-", "-"),
    ("www.alpha-sense.com", "-", "-"),
    ("fellow.app", "-", "-"),
    ("taplio.com", "-", "-"),
    ("docsumo.com", "-", "-"),
    ("simplified.com", "-", "-"),
    ("simplified.com", "/ai-writer", "simplified"),
    ("www.veed.io", "/login", "-"),
    ("www.veed.io", "/tools/ai-avatars", "veed"),
    ("cloud.zed.dev", "/releases/stable/latest/download", "-"),
    ("cloud.zed.dev", "/completions", "zed-ai"),
    ("origin-tracker.githubusercontent.com", "-", "github-copilot"),
    ("api.infomaniak.com", "/2/zones/a.example/records", "-"),
    ("api.infomaniak.com", "/2/ai/123/openai/v1/chat/completions", "infomaniak-ai"),
    ("idx.google.com", "-", "firebase-studio"),
    ("firebase.studio", "-", "firebase-studio"),
    ("console.firebase.google.com", "-", "-"),
    ("opal.withgoogle.com", "-", "google-opal"),
];

#[test]
fn hosts_and_paths_belong_to_the_right_service() {
    let catalogue = Catalogue::shipped().unwrap();
    for (host, path, expected) in CASES {
        let path = (path != "-").then_some(path);
        let found = catalogue.recognise_host(host, path);
        assert_eq!(found.as_ref().map_or("-", |found| found.id.as_str()), expected, "{host} {path:?}");
    }
}

#[test]
fn urls_are_looked_up_by_host_and_path() {
    let catalogue = Catalogue::shipped().unwrap();
    let found = catalogue.service_for_url("https://api.openai.com:443/v1").unwrap();
    assert_eq!((found.id.as_str(), found.kind, found.vendor), ("openai-api", ServiceKind::Known, "OpenAI"));
    assert!(catalogue.service_for_url("http://10.9.3.4:11434/v1").is_none());
    assert!(catalogue.service_for_url("not a url").is_none());
}

#[test]
fn support_hosts_are_less_sure_than_the_service_itself() {
    let catalogue = Catalogue::shipped().unwrap();
    let sure = |host| catalogue.recognise_host(host, None).unwrap().confidence;
    assert!(sure("cdn.oaistatic.com") < sure("chatgpt.com"));
}

#[test]
fn mistakes_are_reported_all_at_once() {
    let text = r#"
        [[service]]
        id = "a"
        name = "A"
        vendor = "A"
        category = "x"
        hosts = ["co.uk", "UPPER.example", "a.example", "one"]
        [[service]]
        id = "b"
        name = "B"
        vendor = "B"
        category = "x"
        hosts = ["a.example"]
        on = [{ host = "saas.example", paths = ["ai"] }]
        [[service]]
        id = "c"
        name = "C"
        vendor = "C"
        category = "x"
    "#;
    let mistakes = Catalogue::from_toml(&[("bad.toml", text)]).unwrap_err().0.join("\n");
    for expected in
        ["co.uk", "UPPER.example", "`one`", "belongs to `a` and to `b`", "begin with `/`", "`c` has no host"]
    {
        assert!(mistakes.contains(expected), "{expected} is missing in\n{mistakes}");
    }
}
