import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadChecks } from "../../src/checks/registry.ts";
import { runStatic } from "../../src/checks/run-static.ts";
import { readTree } from "../../src/checks/tree/read-tree.ts";
import { isData } from "../../src/checks/tree/shape.ts";
import { Tree } from "../../src/checks/tree/tree.ts";
import { systemShell } from "../../src/system/shell.ts";
import { treeOf } from "../support/tree.ts";

const signal = new AbortController().signal;
const checks = (await loadChecks()).filter(({ id }) => !id.startsWith("lint-"));
/** Of all checks together on one odd file; a loop that is not linear takes minutes. */
const MOST_MS = 5000;

/** What failed, and the time of the processor that all checks took. */
async function ran(tree: Tree) {
	const before = process.cpuUsage();
	const results = await runStatic(checks, tree, { signal });
	const { user, system } = process.cpuUsage(before);
	const failed = results.flatMap(({ check, outcome }) =>
		(outcome.couldNotLook ?? [])
			.filter(({ what }) => what.includes("failed"))
			.map(({ what }) => `${check.id}: ${what}`),
	);
	return { failed, ms: (user + system) / 1000 };
}

const lines = (count: number, line: (index: number) => string) =>
	Array.from({ length: count }, (_, at) => line(at)).join("");
const BESIDE = {
	Dockerfile: "FROM debian:12.8-slim\nRUN make\n",
	"run.sh*": "#!/bin/sh\nset -eu\nexec uvicorn app:app --port 8000\n",
	"app.py": "import os\n\napp = os.environ['APP_NAME']\n",
	"package.json": '{"name": "x", "scripts": {"start": "node x.js"}}\n',
};
/** Below the size from which the form of a text is looked at. */
const SHORT = 15_000;
const short = (unit: string) => unit.repeat(Math.ceil(SHORT / unit.length)).slice(0, SHORT);

const ODD: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	"blank lines": {
		Dockerfile: `FROM a:1\n${short("\n")}`,
		"a.yaml": short("\n"),
		"nginx/a.conf": short("\n"),
		"a.bat": short("\n"),
	},
	"blanks on one line": { "a.sh": short(" "), Makefile: `${short(" ")}x`, Dockerfile: `FROM a:1\nRUN ${short(" ")}` },
	"brackets that nobody closes": { "a.sh": short("("), "a.yaml": short("["), "a.py": short("["), "a.ini": short("[") },
	"braces as keys of a workflow": { ".github/workflows/a.yml": short("{"), ".gitlab-ci.yml": short("{") },
	"deep lists": {
		"a.yaml": `${"[".repeat(7000)}${"]".repeat(7000)}`,
		"a.json": `${"[".repeat(7000)}${"]".repeat(7000)}`,
	},
	dashes: { ".github/workflows/a.yml": short("- "), "compose.yaml": short("- ") },
	quotes: { "a.sh": short("'\""), "a.ps1": short("'\""), "a.yaml": short("'\""), "a.toml": short("'\"") },
	"openings of the shell": {
		"a.sh": short("if a; then\n"),
		"b.sh": short("$("),
		"c.sh": short("cat <<A\n"),
		"d.sh": short("case a in\n"),
	},
	"a whole line for a pattern": {
		".gitignore": short("a"),
		".dockerignore": short("["),
		"requirements.txt": short("a="),
	},
	"openings of PowerShell": {
		"a.ps1": short("{"),
		"b.ps1": short('@"\n'),
		"c.ps1": short("<#"),
		"d.ps1": short('"$('),
	},
	"links and headings": {
		"README.md": short("[a](b"),
		"docs/a.md": short("## a\n\n[a](#a-1)\n\n"),
		"b.md": short("`"),
	},
	"signs without a meaning": {
		"a.py": "\u0000\uD800\uFEFF\n".repeat(3000),
		"a.sh": "\uFFFD\r".repeat(5000),
		"a.ts": short("/*"),
	},
	"names with signs of a pattern": {
		"compose.yaml":
			"services:\n  a(b[c*:\n    image: x/(y\n    ports: ['80:80']\n  d+(:\n    depends_on: ['a(b[c*']\n    environment:\n      URL: http://a(b[c*:1\n",
		Dockerfile:
			'FROM a:1 AS x(y\nRUN pip install z\nFROM a:1\nCOPY --from=q(r[ /a /b\nCOPY a(b.sh /x/\nRUN bash /x/a(b.sh\nCMD ["/x/(y.sh"]\n',
		"supervisord.conf": "[program:a(b]\ncommand=/opt/(x/y.sh\nstdout_logfile=/var/log/(z/a.log\nautostart=false\n",
		".github/workflows/a.yml":
			"on: push\nenv:\n  'A(B': ghcr.io/${{ github.repository }}\njobs:\n  a(b:\n    runs-on: x\n    steps:\n      - uses: dorny/paths-filter@v3\n        with:\n          filters: |\n            a(b: [x]\n      - run: docker run --name a(b c\n",
	},
	"names that every object has": Object.assign(
		{},
		...["constructor", "toString", "__proto__", "hasOwnProperty"].map((name) => ({
			[`src/${name}`]: "x\n",
			[`${name}.py`]: `import ${name}\nimport ${name}.${name}\nx = ${name}.${name}(os.environ["${name}"])\n`,
			[`${name}.sh`]: `#!/bin/sh\n${name} ${name} --${name}\ndocker ${name}\nnpm run ${name}\nmake ${name}\n`,
			[`${name}.ps1`]: `${name} -${name} a\n`,
			[`${name}.service`]: `[Service]\n${name}=a\n[${name}]\n${name}=${name}\n`,
			[`${name}.conf`]: `events {}\nhttp { ${name} a; server { ${name} zone=a; } }\n`,
			[`k8s/${name}.yaml`]: `apiVersion: v1\nkind: ${name}\nmetadata: { name: a }\nspec: { x: 1${name}, ${name}: ${name} }\n`,
			[`.github/workflows/${name}.yml`]: `on: push\njobs:\n  ${name}:\n    runs-on: ubuntu-latest\n    steps:\n      - id: ${name}\n        uses: ${name}@v1\n        with: { ${name}: "\${{ ${name}.${name} }}" }\n      - run: ${name} \${{ github.${name} }} \${{ github.event.${name} }} \${{ steps.${name}.outputs.${name} }}\n`,
			[`${name}/Dockerfile`]: `FROM a:1 AS b\n${name} a\nRUN ${name} install ${name}\nCOPY --from=b /a /${name}\n`,
		})),
	) as Record<string, string>,
	"a thousand of everything": {
		".env.example": lines(1000, (at) => `NAME_${at}_URL=http://h${at}.example.com:${at}/\n`),
		"read.py": `import os\n${lines(1000, (at) => `x${at} = os.environ["NAME_${at}_URI"]\n`)}`,
		"compose.yaml": `services:\n${lines(500, (at) => `  s${at}:\n    image: a/s${at}:1\n    ports: ["${1000 + at}:80"]\n    depends_on: [s${at + 1}]\n`)}`,
		"site.conf": lines(
			500,
			(at) =>
				`upstream u_${at} { server 127.0.0.1:${1000 + at}; }\nserver { listen ${at}; location / { proxy_pass http://u_${at + 1}; } }\n`,
		),
		"all.sh": lines(1000, (at) => `f${at}() {\n  bash scripts/s${at}.sh\n}\n`),
		"docs/PLAN.md": lines(300, (at) => `Renamed \`old_name_${at}\` to \`new_name_${at}\`.\n\n`),
	},
};

describe("no file ends a check, or takes more than its time", () => {
	it.each(Object.entries(ODD))("%s", async (_, files) => {
		const { failed, ms } = await ran(treeOf({ ...BESIDE, ...files }));

		expect(failed).toEqual([]);
		expect(ms).toBeLessThan(MOST_MS);
	});

	it("many keys of one mapping", async () => {
		const { failed, ms } = await ran(
			treeOf({ "a.yaml": `'a': [\n]\n${lines(20_000, (at) => `"k${at}": {v: ${at}}\n`)}` }),
		);

		expect(failed).toEqual([]);
		expect(ms).toBeLessThan(MOST_MS);
	});

	it("aliases that stand for billions of values", async () => {
		const bomb = `a0: &a0 [x, x]\n${lines(60, (at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]\n`)}`;
		const { failed, ms } = await ran(
			treeOf({ ".github/workflows/a.yml": `on: push\n${bomb}`, "action.yml": `runs:\n  using: composite\n${bomb}` }),
		);

		expect(failed).toEqual([]);
		expect(ms).toBeLessThan(MOST_MS);
	});

	it("many files", async () => {
		const { files } = treeOf(BESIDE);
		const paths = [
			...files.map(({ path }) => path),
			...Array.from({ length: 100_000 }, (_, at) => `data/file-${at}.bin`),
		];
		const { failed, ms } = await ran(new Tree({ root: "/tree", files, paths }));

		expect(failed).toEqual([]);
		expect(ms).toBeLessThan(MOST_MS);
	});
});

describe("what is data by its form", () => {
	it.each([
		["blank lines", "a.yaml", "\n".repeat(100_000)],
		["one line over and over", "Dockerfile", "RUN true\n".repeat(20_000)],
		["brackets", "a.json", `${"[".repeat(50_000)}${"]".repeat(50_000)}`],
		["one very long line", "a.js", Array.from({ length: 30_000 }, (_, at) => `a${at};`).join("")],
	])("%s", (_, path, text) => expect(isData(path, text)).toBe(true));

	it.each([
		["a long line of JSON", "a.json", JSON.stringify(Array.from({ length: 30_000 }, (_, at) => `a${at}`))],
		["many lines", "a.yaml", lines(20_000, (at) => `key-${at}: ${at * 7}\n`)],
		["carriage returns alone", "a.sh", Array.from({ length: 20_000 }, (_, at) => `echo ${at * 7}`).join("\r")],
		["a short text", "a.sh", "\n".repeat(1000)],
	])("not %s", (_, path, text) => expect(isData(path, text)).toBe(false));
});

describe("a folder that is odd", () => {
	let root: string;
	beforeAll(async () => {
		root = await mkdtemp(join(tmpdir(), "cres-odd-"));
		await mkdir(join(root, "a/b"), { recursive: true });
		await symlink("..", join(root, "a/b/up"));
		await symlink("nowhere", join(root, "a/gone"));
		await writeFile(join(root, "a/two\nlines.sh"), "#!/bin/sh\n");
		await writeFile(join(root, "big.yaml"), "key: value\n".repeat(50_000));
		await writeFile(join(root, "bytes.py"), Buffer.from([0x78, 0x3d, 0xff, 0xfe, 0xc3, 0x28, 0x0a]));
		execFileSync("mkfifo", [join(root, "pipe.sh")]);
	});
	afterAll(() => rm(root, { recursive: true, force: true }));

	it("is read and looked at", async () => {
		const tree = await readTree(root, systemShell, signal);

		expect(tree.files.map(({ path }) => path)).toEqual(["a/two\nlines.sh", "bytes.py"]);
		expect(tree.skipped).toEqual([{ path: "big.yaml", why: "repetitive, or one very long line", large: true }]);
		expect((await ran(tree)).failed).toEqual([]);
	});
});
