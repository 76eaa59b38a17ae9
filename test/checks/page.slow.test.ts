import { readFile, writeFile, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../support/cres.ts";
import { hostilePage } from "../support/triage-page.ts";

let browser: Browser;
let address: string;
let axe: string;

beforeAll(async () => {
	const folder = await mkdtemp(join(tmpdir(), "cres-page-"));
	await writeFile(join(folder, "page.html"), await hostilePage());
	address = pathToFileURL(join(folder, "page.html")).href;
	axe = await readFile(join(root, "node_modules/axe-core/axe.min.js"), "utf8");
	browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
});
afterAll(() => browser?.close());

interface Opened extends AsyncDisposable {
	page: Page;
	/** What the browser complained of, and every request. */
	said: string[];
}

async function open(colorScheme: "light" | "dark", width = 1280): Promise<Opened> {
	const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
	const page = await context.newPage();
	const said: string[] = [];
	page.on("console", (message) => said.push(message.text()));
	page.on("pageerror", (error) => said.push(error.message));
	page.on("request", (request) => request.url() !== address && said.push(request.url()));
	await page.goto(address);
	return { page, said, [Symbol.asyncDispose]: () => context.close() };
}

describe("the page of triage in Chromium", () => {
	it.each(["light", "dark"] as const)("has nothing that axe finds fault with (%s)", async (scheme) => {
		await using opened = await open(scheme);
		const { page, said } = opened;
		expect(said).toEqual([]);
		// The page's own policy keeps scripts out; the debugger is not bound by it.
		const session = await page.context().newCDPSession(page);
		await session.send("Runtime.evaluate", { expression: axe });
		const run = {
			expression: "axe.run().then((r) => JSON.stringify(r.violations.map((v) => [v.id, v.nodes.map((n) => n.html)])))",
		};
		const { result } = await session.send("Runtime.evaluate", { ...run, awaitPromise: true });
		expect(JSON.parse(String(result.value))).toEqual([]);
	});

	it("filters the findings by what is typed, and is reached by the keyboard alone", async () => {
		await using opened = await open("light");
		const { page, said } = opened;
		await page.keyboard.press("Tab");
		expect(await page.evaluate("document.activeElement.textContent")).toBe("To the findings");
		for (let tabs = 0; tabs < 10 && !(await page.evaluate<boolean>('document.activeElement.id === "filter"')); tabs++)
			await page.keyboard.press("Tab");
		await page.keyboard.type("b.txt");
		expect(await page.locator("article:visible").count()).toBe(1);
		expect(await page.locator("#count").textContent()).toMatch(/^1 of \d findings$/);
		expect(said).toEqual([]);
	});

	it("fits a narrow screen", async () => {
		await using opened = await open("dark", 360);
		expect(await opened.page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
	});
});
