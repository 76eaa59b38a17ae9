import { expect, test } from "vitest";
import { masked, maskedLine } from "../../../src/checks/mask.ts";
import { loadChecks } from "../../../src/checks/registry.ts";
import { runStatic } from "../../../src/checks/run-static.ts";
import { findingsOf } from "../../../src/checks/triage-report.ts";
import { checkOf, triageOf } from "../../support/triage.ts";
import { corpus } from "../../support/triage-corpus.ts";

const VALUE = "Gh7-tuL2x9Qw";

test.for<[string, Parameters<typeof maskedLine>[1]]>([
	[`environment=A="1",STORE_SECRET_KEY="${VALUE}"`, "ini"],
	[`curl -fsS -u backup:${VALUE} https://files.acme.dev`, "shell"],
	[`psql postgres://clips:${VALUE}@db/clips`, "shell"],
	[`const apiKey = "${VALUE}";`, "javascript"],
	[`os.getenv("DB_PASSWORD", "${VALUE}")`, "python"],
	[`"Authorization": "Bearer ${VALUE}"`, "python"],
	[`DB_PWD: ${VALUE}`, "yaml"],
])("%s", ([line, language]) => {
	expect(maskedLine(line, language)).not.toContain(VALUE);
});

test.for<[string, Parameters<typeof masked>[1]]>([
	["postgres://clips:p$ssw0rd@db/clips", "shell"],
	["url = 'amqp://worker:pa>ss@queue'", "python"],
	["--user $NAME:pa$$word https://files.acme.dev", "shell"],
	["curl -H 'X-Auth: Bearer Gh7tuL2x9Qw0Zk3v' https://files.acme.dev", "shell"],
	["log: sent basic YmFja3VwOkdoNy10dUwyeDlRdw==", "text"],
])("a bundle hides what a finding hides: %s", ([line, language]) => {
	const hidden = masked(line, language);
	expect(hidden).toContain("[redacted]");
	expect(maskedLine(line, language)).toBe(hidden.replaceAll("[redacted]", "****"));
});

test("a bundle keeps the words of a sentence, and an interpolation", () => {
	const lines = [
		"basic authentication is off",
		"a bearer certificate",
		'curl -u "$USER:$PASS" https://x',
		"amqp://a:${PW}@q",
	];
	expect(lines.map((line) => masked(line, "markdown"))).toEqual(lines);
});

test("what is no secret stays", () => {
	const lines = ["environment=TOKEN=$TOKEN", "password = os.environ[key]", "listen 8100;", "https://acme.dev/a:b"];
	expect(lines.map((line) => maskedLine(line, "python"))).toEqual(lines);
});

test("no secret of the corpus leaves in a finding", async () => {
	const checks = await loadChecks();
	const trees = corpus().filter(
		({ check }) => check === "secret-in-tree" || check === "credential-sides" || check === "default-credential",
	);
	const results = await Promise.all(
		trees.map(({ tree }) => runStatic(checks, tree, { signal: new AbortController().signal })),
	);
	const shown = JSON.stringify(findingsOf(results.flat()));
	for (const secret of [
		"q7Vb2LkTz0",
		"Zk3vR9pQ2mX7tB1nL5wY8cJ4",
		"Gh7-tuL2x9",
		"Wq8mT2vkPz",
		"d8Kq2Lw9Zx7Vb4Nm1Tr6Yp3Hs5",
		"5f2c9a7be14d83f06a9bd1c27e5048f3a6b1",
		"Tz8kPq4LmN3",
		"opensesame",
		"smoke-pass-two",
		"red-lamp",
	])
		expect(shown).not.toContain(secret);
});

test("no secret leaves in a message, in what to do or in an edit", async () => {
	const place = { path: "a.ini", line: 1, text: "url=x" };
	const check = checkOf("quotes", () => ({
		looked: "",
		findings: [
			{
				message: `the api ended: login with password=${VALUE} failed`,
				evidence: [place],
				fix: {
					say: `write postgres://clips:${VALUE}@db`,
					edit: { path: "a.ini", line: 1, before: "url=x", after: `password=${VALUE}` },
				},
			},
		],
		couldNotLook: [{ what: `a tool said: token=${VALUE}`, how: "look" }],
	}));
	const { report } = await triageOf({}, [check]);
	expect(JSON.stringify(report)).not.toContain(VALUE);
	expect(report.findings[0]).toMatchObject({
		message: "the api ended: login with password=[redacted] failed",
		fix: { say: "write postgres://clips:[redacted]@db" },
	});
});
