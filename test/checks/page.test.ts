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
	expect(html).toContain("bad ****");
});

it("shows what happened, newest first, who polls, and what the files state", async () => {
	const html = await hostilePage();
	const rowsOf = (id: string): string[] => {
		const [, body] = new RegExp(`aria-labelledby="h-${id}">[^]*?<tbody>([^]*?)</tbody>`).exec(html)!;
		return body!.split("\n").map((row) =>
			row
				.replaceAll(/<[^>]+>/g, " ")
				.replaceAll(/\s+/g, " ")
				.trim(),
		);
	};
	const timeline = rowsOf("timeline");
	expect(timeline.map((row) => row.slice(0, 23))).toEqual(
		timeline
			.map((row) => row.slice(0, 23))
			.toSorted()
			.toReversed(),
	);
	expect(timeline.join("\n")).toMatch(/UTC the container of \S+ was started\n/);
	expect(timeline.join("\n")).toMatch(/2026-11-29 11:00:00 UTC \S+ on gpu-1: api of gpu-1 restarted 7 times/);
	expect(rowsOf("pollers")[0]).toMatch(/^\S+@cpu workflow whoever polls 0 \S+ 0123456789ab .* UTC LIVE$/);
	expect(rowsOf("facts")).toEqual(["port api 8100 a.py:1 nginx.conf:3"]);
});

it("says of a clean tree what was looked at", async () => {
	const html = await pageWith({ "a.txt": "fine\n" }, linesWith("bad"), false);
	expect(html).toContain("<p>Nothing was found.</p>");
	expect(html).toContain("1 checks looked at 1 files");
	expect(html).not.toContain('id="h-matrix"');
});
