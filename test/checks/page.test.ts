import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { Secret } from "../../src/secrets/secret.ts";
import { hostilePage, pageWith } from "../support/triage-page.ts";
import { linesWith } from "../support/triage.ts";

it("lets nothing of a file become a tag, and runs no script but its own", async () => {
	const html = await hostilePage();
	expect(html).not.toContain("<img");
	expect(html.match(/<script\b[^>]*>/g)).toEqual(['<script type="application/json" id="report">', "<script>"]);
	const [policy] = /content="(default-src[^"]+)"/.exec(html)!.slice(1) as [string];
	const hashOf = (tag: string) => {
		const [, source] = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(html)!;
		return `'sha256-${createHash("sha256").update(source!).digest("base64")}'`;
	};
	expect(policy).toBe(
		`default-src 'none'; style-src ${hashOf("style")}; script-src ${hashOf("script")}; base-uri 'none'; form-action 'none'`,
	);
	expect(html).not.toMatch(/<[^>]*\s(?:on\w+|style|src)=/);
});

it("holds the report as data that reads back", async () => {
	const html = await hostilePage();
	const [, data] = /<script type="application\/json" id="report">([^]*?)<\/script>/.exec(html)!;
	const { findings } = JSON.parse(data!) as { findings: { message: string }[] };
	expect(findings[0]!.message).toContain("</script><img src=x>");
});

it("shows no secret, in the page or in its data", async () => {
	const secret = new Secret("sentinel<&>value");
	expect(String(secret)).toBe("[redacted]");
	const html = await pageWith({ "a.txt": "bad sentinel<&>value\n" }, linesWith("bad"));
	expect(html).not.toContain("sentinel");
	expect(html).toContain("bad [redacted]");
});

it("says of a clean tree what was looked at", async () => {
	const html = await pageWith({ "a.txt": "fine\n" }, linesWith("bad"), false);
	expect(html).toContain("<p>Nothing was found.</p>");
	expect(html).toContain("1 checks looked at 1 files");
	expect(html).not.toContain('id="h-matrix"');
});
