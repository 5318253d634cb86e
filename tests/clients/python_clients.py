"""Drives the official Python SDKs through the gateway: GATEWAY and KEY come from the environment.

Every check is an assertion; the script ends with 0 when all hold.
"""
import os

import anthropic
import openai

GATEWAY, KEY = os.environ["GATEWAY"], os.environ["KEY"]
oai = openai.OpenAI(base_url=f"{GATEWAY}/v1", api_key=KEY, max_retries=0, timeout=30)
ant = anthropic.Anthropic(base_url=f"{GATEWAY}/anthropic", api_key=KEY, max_retries=0, timeout=30)
# Assembled here: no token-shaped text stands in this file.
SECRET = "".join(["gh", "p_", "x7Kd93mQpL2vT8wRz5Yb", "N4cJ6hF1sG0aUeVi"])
ASK = [{"role": "user", "content": "What is a gnomon?"}]


def models():
    assert "demo-1" in [model.id for model in oai.models.list()]
    assert "demo-1" in [model.id for model in ant.models.list()]


def chat():
    raw = oai.chat.completions.with_raw_response.create(model="demo-1", messages=ASK)
    assert "gnomon" in raw.parse().choices[0].message.content
    assert raw.headers["x-gnomon-verdict"] == "allow" and raw.headers["x-gnomon-decision"].startswith("dec_")
    pieces = [chunk.choices[0].delta.content or "" for chunk in oai.chat.completions.create(model="demo-1", messages=ASK, stream=True) if chunk.choices]
    assert "gnomon" in "".join(pieces) and len(pieces) > 3


def responses():
    assert "gnomon" in oai.responses.create(model="demo-1", input="What is a gnomon?").output_text
    with oai.responses.stream(model="demo-1", input="What is a gnomon?") as stream:
        assert "gnomon" in stream.get_final_response().output_text


def embeddings():
    vectors = oai.embeddings.create(model="demo-1", input=["one", "two"]).data
    assert len(vectors) == 2 and len(vectors[0].embedding) == 8


def messages():
    answer = ant.messages.create(model="demo-1", max_tokens=64, messages=ASK)
    assert "gnomon" in answer.content[0].text
    with ant.messages.stream(model="demo-1", max_tokens=64, messages=ASK) as stream:
        assert "gnomon" in stream.get_final_text()
    assert ant.messages.count_tokens(model="demo-1", messages=ASK).input_tokens > 0


def denials():
    bad = [{"role": "user", "content": f"why does git refuse {SECRET}"}]
    for stream in (False, True):
        try:
            oai.chat.completions.create(model="demo-1", messages=bad, stream=stream)
            raise SystemExit("the OpenAI client was not denied")
        except openai.BadRequestError as error:
            assert "credential" in error.message and "dec_" in error.message, error.message
        try:
            ant.messages.create(model="demo-1", max_tokens=8, messages=bad, stream=stream)
            raise SystemExit("the Anthropic client was not denied")
        except anthropic.BadRequestError as error:
            assert "credential" in str(error) and "dec_" in str(error), str(error)
    try:
        oai.responses.create(model="demo-1", input=bad[0]["content"])
        raise SystemExit("the Responses client was not denied")
    except openai.BadRequestError as error:
        assert "dec_" in error.message


def strangers():
    for client, error in ((openai.OpenAI(base_url=f"{GATEWAY}/v1", api_key="gnm_wrong", max_retries=0), openai.BadRequestError),):
        try:
            client.chat.completions.create(model="demo-1", messages=ASK)
            raise SystemExit("an unknown key was accepted")
        except error:
            pass


def redaction():
    answer = oai.chat.completions.create(model="demo-1", messages=[{"role": "user", "content": "Write to erika.muster@example.com please"}])
    assert "erika.muster" not in answer.choices[0].message.content, "the address reached the upstream"
    assert "<EMAIL_1>" in answer.choices[0].message.content


for check in (models, chat, responses, embeddings, messages, denials, strangers, redaction):
    check()
    print("ok", check.__name__)
