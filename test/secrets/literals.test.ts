import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleanOfLiterals, secretLiterals, withoutLiterals } from "../../src/secrets/literals.ts";

describe("a secret that is known by its form", () => {
	it.each([
		["a GH token ghp_abcdefghijklmnopqrstuvwxyz0123456789!", "a GH token [redacted]!"],
		["AKIAABCDEFGHIJKLMNOP", "[redacted]"],
		["xoxb-1234567890-abc sk-ant-abcdefghijklmnopqrst", "[redacted] [redacted]"],
		['-H "Authorization: Bearer abcdefghijklmnopqrst.uvw"', '-H "Authorization: Bearer [redacted]"'],
		["postgres://user:hunter2@db:5432/x", "postgres://user:[redacted]@db:5432/x"],
		['MINIO_SECRET_KEY="a1b2c3d4e5"', 'MINIO_SECRET_KEY="[redacted]"'],
		['rg "AWS_SECRET_ACCESS_KEY=\\"a1b2c3d4e5\\""', 'rg "AWS_SECRET_ACCESS_KEY=\\"[redacted]\\""'],
		["password: correct-horse-9-battery", "password: [redacted]"],
		["-----BEGIN OPENSSH PRIVATE KEY-----", "[redacted]"],
	])("is left out of %s", (text, clean) => {
		expect(withoutLiterals(text)).toBe(clean);
		expect(secretLiterals(text).length).toBeGreaterThan(0);
	});

	const some = (length: number) => "a1B2c3D4e5".repeat(40).slice(0, length);
	it.each([
		["a private key", "-----BEGIN RSA PRIVATE KEY-----"],
		...["p", "o", "u", "s", "r"].map((kind) => ["a token of GitHub", `gh${kind}_${some(30)}`]),
		["a token of GitHub", `github_pat_${some(50)}`],
		["a token of GitLab", `glpat-${some(20)}`],
		["an access key of AWS", "ASIAABCDEFGHIJKLMNOP"],
		...["a", "b", "e", "p", "r", "s"].map((kind) => ["a token of Slack", `xox${kind}-${some(10)}`]),
		["a key of an AI provider", `sk-${some(20)}`],
		["a token of Hugging Face", `hf_${some(30)}`],
		["a token of npm", `npm_${some(36)}`],
		["a key of Google", `AIza${some(33)}-_`],
		["a JSON web token", `eyJ${some(10)}.eyJ${some(10)}.${some(10)}`],
	])("%s is known whole, and is none when it is shorter: %s", (kind, secret) => {
		expect(secretLiterals(`in ${secret} text`)).toEqual([{ kind, from: 3, to: 3 + secret!.length }]);
		expect(secretLiterals(`in ${secret!.slice(0, -1)} text`)).toEqual([]);
	});

	it("is told in the order of the text, the longer one first", () => {
		const text = `token=${some(20)} ghp_${some(30)} password=ghp_${some(30)}`;
		expect(secretLiterals(text).map(({ kind, from }) => [kind, from])).toEqual([
			["a value behind the name of a secret", 6],
			["a token of GitHub", 27],
			["a token of GitHub", 71],
			["a value behind the name of a secret", 71],
		]);
		expect(withoutLiterals(text)).toBe("token=[redacted] [redacted] password=[redacted]");
	});

	it.each([
		["postgres://user:hunter2@db/x", "a password in an address"],
		["Authorization: Bearer  abcdefghijklmnopqrst.uvw", "a bearer token"],
	])("is told with its kind: %s", (text, kind) => {
		expect(secretLiterals(text).map((one) => one.kind)).toEqual([kind]);
	});

	it.each([
		...["secret=", "secretkey=", "secret-key: ", "apikey=", "api_key   =   ", "access-keys: '", "codec_key: "],
		...['"password": "', "passwd='", '{\\"passphrase\\": \\"', "ATTEST_KEYS="],
	])("is found behind %s", (before) => {
		expect(withoutLiterals(`${before}a1b2c3d4`)).toBe(`${before}[redacted]`);
		expect(withoutLiterals(`${before}a1b2c3d`)).toBe(`${before}a1b2c3d`);
	});

	it.each(["a1b2$c3d4", "**a1b2c3d4", "x1b2c3d4e5", ".a1b2c3d4", "a1b2/c3d4", "9a1b2c3d=", "12345678a9"])(
		"is found where only a part of it looks harmless: %s",
		(value) => {
			expect(withoutLiterals(`password=${value}`)).toBe("password=[redacted]");
		},
	);

	it("is left out whole where one reaches over the end of another, and once where it holds another", () => {
		const long = `eyJ${some(200)}.eyJ${some(20)}.${some(20)}`;
		expect(withoutLiterals(`a token=v1.${long} b`)).toBe("a token=[redacted] b");
		expect(withoutLiterals(`a password=zz.${`ghp_${some(30)}`}.a1 b`)).toBe("a password=[redacted] b");
		expect(secretLiterals(`password=ghp_${some(30)}-a1`).map(({ kind }) => kind)).toEqual([
			"a value behind the name of a secret",
			"a token of GitHub",
		]);
	});

	it("is left out of every text of a value", () => {
		expect(cleanOfLiterals({ a: ["password=a1b2c3d4", 1, null], b: { c: "plain" } })).toEqual({
			...{ a: ["password=[redacted]", 1, null], b: { c: "plain" } },
		});
	});

	it.each([
		"GITHUB_TOKEN: your token",
		"token: your_token_1",
		"password=********",
		"token: /run/secrets/token2",
		"token: ../token.txt2",
		"secret: MINIO_KEY=a1",
		"token: 10.20.30.40",
		"postgres://user:${PASSWORD_1}@db/x",
		"MINIO_SECRET_KEY=${MINIO_SECRET_KEY}",
		"secret: %(ENV_MINIO_SECRET_KEY)s",
		"password=<password>",
		"token = process.env.TOKEN",
		"TEMPORAL_API_KEY=",
		"key=~/.ssh/id_rsa token: ./token.txt2",
		"token limit: 4096",
		"token=12345678",
		"https://example.org:8443/x@y",
		"sk-1",
		"a secret: redacted-1",
	])("is none in %s", (text) => {
		expect(withoutLiterals(text)).toBe(text);
		expect(secretLiterals(text)).toEqual([]);
	});

	it("is found in any text in time, and what is left holds none", () => {
		const piece = fc.constantFrom(
			"password=",
			"a1b2c3d4",
			"token: ",
			"://",
			"u:",
			"@",
			"ghp_",
			"eyJ",
			".",
			"x".repeat(40),
			" ",
			'"',
			"\\",
		);
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
				const text = pieces.join("");
				return withoutLiterals(text).length <= text.length + 10 * secretLiterals(text).length;
			}),
		);
		const started = performance.now();
		for (const one of ["password=", "a:", "eyJaaaaaaaaaaaa.", "ssh://a:", "Bearer "])
			withoutLiterals(one.repeat(20_000));
		expect(performance.now() - started).toBeLessThan(5_000);
	});
});
