// Drives the official Node SDKs through the gateway: GATEWAY and KEY come from the environment.
import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const { GATEWAY, KEY } = process.env;
const oai = new OpenAI({ baseURL: `${GATEWAY}/v1`, apiKey: KEY, maxRetries: 0, timeout: 30_000 });
const ant = new Anthropic({ baseURL: `${GATEWAY}/anthropic`, apiKey: KEY, maxRetries: 0, timeout: 30_000 });
const ask = [{ role: "user", content: "What is a gnomon?" }];
// Assembled here: no token-shaped text stands in this file.
const secret = ["gh", "p_", "x7Kd93mQpL2vT8wRz5Yb", "N4cJ6hF1sG0aUeVi"].join("");

const checks = {
  async chat() {
    const answer = await oai.chat.completions.create({ model: "demo-1", messages: ask });
    assert.match(answer.choices[0].message.content, /gnomon/);
    let text = "";
    for await (const chunk of await oai.chat.completions.create({ model: "demo-1", messages: ask, stream: true }))
      text += chunk.choices[0]?.delta?.content ?? "";
    assert.match(text, /gnomon/);
  },
  async responses() {
    assert.match((await oai.responses.create({ model: "demo-1", input: "What is a gnomon?" })).output_text, /gnomon/);
    const stream = oai.responses.stream({ model: "demo-1", input: "What is a gnomon?" });
    assert.match((await stream.finalResponse()).output_text, /gnomon/);
  },
  async embeddings() {
    assert.equal((await oai.embeddings.create({ model: "demo-1", input: ["a", "b"] })).data.length, 2);
  },
  async messages() {
    const answer = await ant.messages.create({ model: "demo-1", max_tokens: 64, messages: ask });
    assert.match(answer.content[0].text, /gnomon/);
    assert.match(await ant.messages.stream({ model: "demo-1", max_tokens: 64, messages: ask }).finalText(), /gnomon/);
  },
  async denials() {
    const messages = [{ role: "user", content: `why does git refuse ${secret}` }];
    for (const stream of [false, true]) {
      await assert.rejects(oai.chat.completions.create({ model: "demo-1", messages, stream }), (error) => error instanceof OpenAI.BadRequestError && /dec_/.test(error.message));
      await assert.rejects(ant.messages.create({ model: "demo-1", max_tokens: 8, messages, stream }), (error) => error instanceof Anthropic.BadRequestError && /dec_/.test(error.message));
    }
  },
};

for (const [name, check] of Object.entries(checks)) {
  await check();
  console.log("ok", name);
}
