// Journeys through the console in a real browser, against a running Gnomon with some data in it.
//
// BASE_URL       address of the console, such as http://127.0.0.1:8081
// SIGN_IN_LINK   one-time sign-in link of an admin account
// HOLD_COMMAND   shell command that makes one request wait for a person; without it that journey is skipped
// UPLOAD_FILE    log to upload; without it a small Squid log is made up
// SHOTS          folder for screenshots; without it none are made
// CHROMIUM       the browser; /usr/bin/chromium by default
//
// Elements are found by role and name, never by class.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync, mkdtempSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";

const base = process.env.BASE_URL ?? "http://127.0.0.1:8081";
const link = process.env.SIGN_IN_LINK;
const shots = process.env.SHOTS;
const run = Date.now().toString(36);
const password = ["moss", "grows", "on", "the", "north", "side", run].join("-");
const roles = ["governance", "network", "auditor", "executive"];
const name = (role) => `ui-${role}-${run}`;
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

let browser;
let admin; // the admin's signed-in state, shared by all journeys
let chosen; // the shadow service that journeys decide about

before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  if (shots) mkdirSync(shots, { recursive: true });
});

after(async () => browser?.close());

/** Opens a context, runs the journey in a page of it, and fails on any error the browser reports. */
async function journey(options, steps) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 900 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  const errors = watch(page);
  try {
    await steps(page, context);
  } finally {
    await context.close();
  }
  assert.deepEqual(errors, []);
}

function watch(page) {
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    // The browser reports answers of 4xx too; journeys that expect one look at it themselves.
    if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) errors.push(message.text());
  });
  return errors;
}

async function signIn(page, role) {
  await page.goto(`${base}/sign-in`);
  await page.getByLabel("Name").fill(name(role));
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}

const heading = (page, text) => page.getByRole("heading", { level: 1, name: text });

/** Moves by Tab until the element has the focus. */
async function tabTo(page, locator, steps = 120) {
  for (let step = 0; step < steps; step += 1) {
    await page.keyboard.press("Tab");
    if (await locator.evaluate((element) => element === document.activeElement)) return;
  }
  assert.fail("the element cannot be reached by Tab");
}

test("an admin signs in by a one-time link, which opens once", async () => {
  assert.ok(link, "SIGN_IN_LINK is needed");
  await journey({}, async (page, context) => {
    await page.goto(link);
    await page.getByRole("button", { name: /^Continue as / }).click();
    await heading(page, "Overview").waitFor();
    admin = await context.storageState();
    await context.clearCookies();
    await page.goto(link);
    await page.getByText("was used before").waitFor();
  });
});

test("a sign-in link that stands on another site works, without scripts too", async () => {
  const elsewhere = createServer((request, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<a href="${request.url.slice(1)}">Sign in to Gnomon</a>`);
  });
  await new Promise((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  for (const javaScriptEnabled of [true, false]) {
    let another;
    await journey({ storageState: admin }, async (page) => {
      await page.goto(`${base}/users`);
      await page.getByRole("button", { name: "Sign-in link" }).first().click();
      another = (await page.getByRole("status", { name: "Sign-in link" }).locator("code").first().textContent()).trim();
    });
    await journey({ javaScriptEnabled }, async (page) => {
      // Another host name is another site.
      await page.goto(`http://localhost:${elsewhere.address().port}/${another}`);
      await page.getByRole("link", { name: "Sign in to Gnomon" }).click();
      await page.getByRole("button", { name: /^Continue as / }).click();
      await heading(page, "Overview").waitFor();
    });
  }
  elsewhere.close();
});

test("the admin makes an account for each role", async () => {
  await journey({ storageState: admin }, async (page) => {
    for (const role of roles) {
      await page.goto(`${base}/users`);
      await page.getByLabel("Name").fill(name(role));
      await page.getByLabel("Password", { exact: true }).fill(password);
      await page.getByLabel("Role").selectOption(role);
      await page.getByRole("button", { name: "Make the account" }).click();
      await page.getByText("The account is made.").waitFor();
    }
  });
});

test("a steward finds a shadow service, who used it and on what evidence", async () => {
  await journey({}, async (page) => {
    await signIn(page, "governance");
    await page.getByRole("link", { name: "Shadow AI" }).click();
    await heading(page, "Shadow AI").waitFor();
    const first = page.getByRole("region", { name: "In use without approval, table" }).getByRole("row").nth(1).getByRole("link").first();
    chosen = (await first.textContent()).trim();
    await first.click();
    await heading(page, chosen).waitFor();
    await page.getByRole("link", { name: /^Usage/ }).click();
    await page.getByRole("region", { name: "Who used it, table" }).getByRole("row").nth(1).waitFor();
    await page.getByRole("link", { name: /^Evidence/ }).click();
    const line = page.getByRole("region", { name: "Evidence lines, table" }).getByRole("row").nth(1);
    assert.match(await line.textContent(), /sed -n \d+p|gnomon evidence tail/);
  });
});

test("a steward sets status and owner, it is in force at once, and the history says who", async () => {
  await journey({}, async (page) => {
    await signIn(page, "governance");
    await page.goto(`${base}/services?text=${encodeURIComponent(chosen)}`);
    await page.getByRole("link", { name: chosen, exact: true }).first().click();
    await page.getByLabel("Status").selectOption("sanctioned_with_conditions");
    await page.getByLabel("Owner").fill("Clinic IT");
    await page.getByLabel("Note").fill(`decided in run ${run}`);
    await page.getByRole("button", { name: "Save the decision" }).click();
    const said = page.getByText(/^Saved\. In force/);
    await said.waitFor();
    await page.getByRole("main").getByText("Clinic IT answers for it").waitFor();
    await page.getByRole("link", { name: /^History/ }).click();
    await page.getByText(/to Sanctioned with conditions/).first().waitFor();
    await page.getByText(`decided in run ${run}`).first().waitFor();
    assert.match(await page.getByRole("main").textContent(), new RegExp(name("governance")));
  });
});

test("signing in and changing a status work by keyboard alone", async () => {
  await journey({}, async (page) => {
    await page.goto(`${base}/sign-in`);
    await page.waitForFunction(() => document.activeElement?.id === "name");
    await page.keyboard.type(name("governance"));
    await page.keyboard.press("Tab");
    await page.keyboard.type(password);
    await page.keyboard.press("Enter");
    await heading(page, "Overview").waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type(chosen);
    await page.keyboard.press("Enter");
    const hit = page.getByRole("region", { name: "Hits" }).getByRole("link").first();
    await hit.waitFor();
    await tabTo(page, hit);
    await page.keyboard.press("Enter");
    await page.getByLabel("Status").waitFor();
    await tabTo(page, page.getByLabel("Status"));
    await page.keyboard.type("Unsan");
    await tabTo(page, page.getByRole("button", { name: "Save the decision" }));
    await page.keyboard.press("Enter");
    await page.getByText(/^Saved\./).waitFor();
    assert.match(await page.getByRole("main").textContent(), /Unsanctioned/);
  });
});

test("a filter narrows the list at once and stays in the address", async () => {
  await journey({ storageState: admin }, async (page) => {
    await page.goto(`${base}/services`);
    await page.evaluate(() => { window.sameDocument = true; });
    await page.getByLabel("Name, vendor or category").fill("no such service at all");
    await page.getByText("No service matches this filter.").waitFor();
    assert.match(page.url(), /text=no/);
    assert.equal(await page.evaluate(() => window.sameDocument), true);
    await page.getByRole("link", { name: "Show all services" }).click();
    await page.getByRole("region", { name: "Services, table" }).waitFor();
  });
});

test("a held request appears by itself and goes on after approval", { skip: !process.env.HOLD_COMMAND }, async () => {
  await journey({ storageState: admin }, async (page) => {
    await page.goto(`${base}/approvals`);
    await page.getByText("Live", { exact: true }).waitFor();
    const waiting = page.getByRole("region", { name: "Waiting" }).getByRole("article");
    const already = await waiting.count();
    await page.evaluate(() => { window.sameDocument = true; });
    const asked = Date.now();
    const command = spawn("sh", ["-c", process.env.HOLD_COMMAND], { stdio: "ignore", detached: true });
    command.unref();
    await page.waitForFunction((count) => document.querySelectorAll("#waiting article").length > count, already, { timeout: 15_000 });
    assert.ok(Date.now() - asked < 15_000);
    assert.equal(await page.evaluate(() => window.sameDocument), true);
    await picture(page, "approvals-live");
    const newest = waiting.last();
    await newest.getByLabel("Note").fill("looked at by a person");
    await newest.getByRole("button", { name: /^Approve/ }).click();
    await page.getByText(/^Approved\./).waitFor();
    await page.getByRole("link", { name: "Show it" }).click();
    await page.getByText("looked at by a person").waitFor();
  });
});

test("eight tabs of one browser stay usable and live", async () => {
  await journey({ storageState: admin }, async (page, context) => {
    const tabs = [page];
    while (tabs.length < 8) tabs.push(await context.newPage());
    for (const tab of tabs) {
      await tab.goto(`${base}/approvals`, { timeout: 10_000 });
      await tab.getByText("Live", { exact: true }).waitFor({ timeout: 10_000 });
    }
    // A change in one of them reaches the others.
    await tabs[7].goto(`${base}/services?text=${encodeURIComponent(chosen)}`);
    await tabs[0].goto(`${base}/services?text=${encodeURIComponent(chosen)}`);
    await tabs[0].getByRole("link", { name: chosen, exact: true }).first().click();
    await tabs[0].getByLabel("Owner").fill(`Owner of run ${run}`);
    await tabs[0].getByRole("button", { name: "Save the decision" }).click();
    await tabs[0].getByText(/^Saved\./).waitFor();
    await tabs[7].getByText(`Owner of run ${run}`).first().waitFor({ timeout: 10_000 });
  });
});

test("an auditor exports a pack and can change nothing", async () => {
  await journey({}, async (page) => {
    await signIn(page, "auditor");
    await heading(page, "Compliance").waitFor();
    const download = page.waitForEvent("download");
    await page.getByLabel("For").selectOption("ai-act,nis2");
    await page.getByRole("button", { name: "Export the pack" }).click();
    const pack = await download;
    assert.match(pack.suggestedFilename(), /\.zip$/);
    assert.ok(statSync(await pack.path()).size > 20);

    await page.goto(`${base}/services?text=${encodeURIComponent(chosen)}`);
    await page.getByRole("link", { name: chosen, exact: true }).first().click();
    await heading(page, chosen).waitFor();
    assert.equal(await page.getByRole("button", { name: "Save the decision" }).count(), 0);
    const address = new URL(page.url()).pathname;
    const refused = await page.evaluate(async (path) => {
      const token = document.querySelector('meta[name="csrf"]').content;
      const headers = { "x-csrf-token": token, "content-type": "application/json" };
      const body = JSON.stringify({ status: "sanctioned" });
      const api = await fetch(`/api/v1${path}`, { method: "PATCH", headers, body });
      const form = await fetch(`${path}/decide`, { method: "POST", body: new URLSearchParams({ csrf: token, status: "sanctioned" }) });
      return [api.status, form.status];
    }, address);
    assert.deepEqual(refused, [403, 403]);
    const users = await page.goto(`${base}/users`);
    assert.equal(users.status(), 403);
    await heading(page, "Not allowed for your role").waitFor();
  });
});

test("roles land where their work is and see what is theirs", async () => {
  const lands = { network: "Routes & models", executive: "Overview", auditor: "Compliance", governance: "Overview" };
  for (const [role, title] of Object.entries(lands)) {
    await journey({}, async (page) => {
      await signIn(page, role);
      await heading(page, title).waitFor();
      const links = page.getByRole("navigation", { name: "Main" }).getByRole("link");
      const names = (await links.allTextContents()).join(" ");
      assert.equal(/Users/.test(names), false, role);
      assert.equal(/Access keys/.test(names), role !== "executive", role);
    });
  }
});

test("a network lead makes a key, which is shown once, and revokes it", async () => {
  await journey({}, async (page) => {
    await signIn(page, "network");
    await page.getByRole("link", { name: "Access keys" }).click();
    await page.getByLabel("Caller", { exact: true }).fill(`ui-bot-${run}`);
    await page.getByRole("button", { name: "Make the key" }).click();
    const key = (await page.getByRole("status", { name: "The key" }).locator("code").first().textContent()).trim();
    assert.match(key, /^gnm_/);
    await page.goto(`${base}/keys`);
    assert.equal((await page.content()).includes(key), false);
    await page.getByRole("button", { name: `Revoke the key of ui-bot-${run}` }).click();
    await page.getByText(/^Revoked\./).waitFor();
  });
});

test("a log is uploaded and its services appear", async () => {
  await journey({ storageState: admin }, async (page) => {
    await page.goto(`${base}/shadow`);
    await page.getByLabel("Log file").setInputFiles(process.env.UPLOAD_FILE ?? squidLog());
    await page.getByRole("button", { name: "Import" }).click();
    await page.getByText(/^Imported |was imported before/).waitFor();
    await picture(page, "shadow-imported");
  });
});

/** One line of Squid's native format per use. */
function squidLog() {
  const file = join(mkdtempSync(join(tmpdir(), "gnomon-ui-")), `proxy-${run}.log`);
  const now = Date.now() / 1000;
  const line = (at) => `${at.toFixed(3)}    912 10.8.1.7 TCP_TUNNEL/200 48211 CONNECT character.ai:443 user42 HIER_DIRECT/203.0.113.7 -`;
  writeFileSync(file, [now - 900, now - 600, now - 300].map(line).join("\n") + "\n");
  return file;
}

test("the theme is remembered, with scripts and without", async () => {
  for (const javaScriptEnabled of [true, false]) {
    await journey({ storageState: admin, javaScriptEnabled, colorScheme: "light" }, async (page) => {
      await page.goto(`${base}/services`);
      await page.getByLabel(/^Account /).click();
      const saved = page.waitForResponse((response) => response.url().endsWith("/theme"));
      await page.getByRole("button", { name: "Dark" }).click();
      await saved;
      await page.goto(`${base}/overview`);
      assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
    });
  }
});

test("everything that matters works without scripts", async () => {
  await journey({ javaScriptEnabled: false }, async (page) => {
    await signIn(page, "governance");
    await page.goto(`${base}/services`);
    await page.getByLabel("Name, vendor or category").fill(chosen);
    await page.getByRole("button", { name: "Filter" }).click();
    await page.getByRole("link", { name: chosen, exact: true }).first().click();
    await page.getByLabel("Status").selectOption("under_review");
    await page.getByRole("button", { name: "Save the decision" }).click();
    await page.getByText(/^Saved\./).waitFor();
    await page.goto(`${base}/approvals`);
    await heading(page, "Approvals").waitFor();
  });
});

/** Every page, with one detail page of each kind. */
async function pages() {
  const found = ["/overview", "/overview?view=executive&days=30", "/services", "/services?text=nothing-at-all", "/shadow", "/activity",
    "/approvals", "/tools", "/compliance", "/compliance?framework=nis2", "/policies", "/routes", "/keys", "/users", "/audit",
    "/inventory/models", "/inventory/callers", "/inventory/keys", "/inventory/models?text=nothing-at-all",
    "/search", `/search?q=${encodeURIComponent(chosen)}`, "/nowhere"];
  await journey({ storageState: admin }, async (page) => {
    for (const list of ["/services", "/inventory/models", "/inventory/callers", "/inventory/keys", "/activity", "/approvals", "/policies"]) {
      await page.goto(base + list);
      const detail = await page.locator(`main a[href^="${list}/"]`).first().getAttribute("href", { timeout: 2_000 }).catch(() => null);
      if (detail) found.push(detail);
      if (detail && list === "/inventory/models") found.push(...["evidence", "decisions", "history"].map((tab) => `${detail}?tab=${tab}`));
      if (detail && list === "/services") found.push(...["usage", "evidence", "decisions", "history"].map((tab) => `${detail}?tab=${tab}`));
    }
  });
  return found;
}

const file = (path) => path.replace(/^\//, "").replace(/[^a-z0-9]+/gi, "-").slice(0, 60);

async function picture(page, title) {
  if (shots) await page.screenshot({ path: join(shots, `${title}.png`), fullPage: true });
}

for (const colorScheme of ["light", "dark"]) {
  test(`every page is accessible, quiet and fits a phone (${colorScheme})`, { timeout: 900_000 }, async (t) => {
    const problems = [];
    const visit = async (path, state) => {
      await journey({ storageState: state, colorScheme }, async (page) => {
        await page.goto(base + path);
        const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
        for (const found of violations) problems.push(`${path}: ${found.id} at ${found.nodes[0].target}`);
        await picture(page, `${file(path)}-${colorScheme}-1366`);
        await page.setViewportSize({ width: 360, height: 760 });
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (over > 0) problems.push(`${path}: ${over} px too broad at 360 px`);
        await picture(page, `${file(path)}-${colorScheme}-360`);
      });
    };
    await visit("/sign-in", undefined);
    const all = await pages();
    for (const path of all) await visit(path, admin);
    t.diagnostic(`${all.length + 1} pages`);
    assert.deepEqual(problems, []);
  });
}

test("an admin ends sessions, changes a password, and shuts and opens an account", async () => {
  const user = name("executive");
  await journey({ storageState: admin }, async (page) => {
    const open = async () => {
      await page.goto(`${base}/users`);
      await page.getByText(`More for ${user}`).click();
    };
    await journey({}, async (other) => {
      await signIn(other, "executive");
      await open();
      await page.getByRole("button", { name: `End sessions for ${user}` }).click();
      await page.getByText("Every session of the account is ended.").waitFor();
      await other.goto(`${base}/overview`);
      await heading(other, "Sign in").waitFor();
    });
    await open();
    await page.getByRole("button", { name: `Shut the account for ${user}` }).click();
    await page.getByText(/^The account is shut/).waitFor();
    await page.getByRole("button", { name: `Open again for ${user}` }).click();
    await page.getByText("The account is open again.").waitFor();
    await open();
    await page.getByLabel(`New password of ${user}`).fill(password);
    await page.getByRole("button", { name: `Change the password of ${user}` }).click();
    await page.getByText(/^The password is changed/).waitFor();
  });
});

test("signing out ends the session", async () => {
  await journey({}, async (page) => {
    await signIn(page, "executive");
    await page.getByLabel(/^Account /).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("You are signed out.").waitFor();
    await page.goto(`${base}/overview`);
    await heading(page, "Sign in").waitFor();
  });
});
