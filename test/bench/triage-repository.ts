/** A repository of a service: sources in six languages, settings, documents; one file in forty is large. */
export function* repositoryOf(count: number): Generator<readonly [path: string, text: string]> {
	for (let at = 0; at < count; at++) {
		const [extension, line] = KINDS[at % KINDS.length]!;
		const lines = at % 40 === 0 ? 1_500 : 60 + (at % 90);
		const text = Array.from({ length: lines }, (_, of) => line(at, of)).join("\n");
		yield [`src/part-${at % 37}/file-${at}${extension}`, `${HEAD[extension] ?? ""}${text}\n`];
	}
	yield ["Dockerfile", "FROM debian:12@sha256:" + "0a".repeat(32) + "\nWORKDIR /app\nCOPY src /app/src\n"];
	yield [".github/workflows/ci.yml", WORKFLOW];
}

type Line = (file: number, at: number) => string;

const HEAD: Readonly<Record<string, string>> = {
	".sh": "#!/bin/bash\nset -euo pipefail\n",
	".py": "import os\n",
	".ini": "[worker]\n",
};

const KINDS: readonly (readonly [string, Line])[] = [
	[
		".py",
		(file, at) =>
			at % 9 === 0
				? `def f_${file}_${at}(value):`
				: `    value = os.environ.get("NAME_${at % 7}", value)  # step ${at}`,
	],
	[".ts", (file, at) => `export const value${file}x${at} = [${at}, "text ${at}", process.env["NAME_${at % 7}"]];`],
	[
		".md",
		(file, at) =>
			at % 12 === 0 ? `## Part ${file}.${at}\n` : `Words about the worker on port 8100 and what it does, line ${at}.`,
	],
	[".yaml", (_, at) => `key_${at}:\n  image: registry.example.com/worker:1.${at}\n  port: ${8000 + (at % 20)}`],
	[".sh", (_, at) => (at % 5 === 0 ? `value_${at}="\${NAME_${at % 7}:-none}"` : `echo "step ${at}: $HOME" >> "$LOG"`)],
	[".ini", (_, at) => `setting_${at} = value ${at}`],
	[".json.txt", (_, at) => `{"at": ${at}, "queue": "worker@cpu"}`],
	[".ps1", (_, at) => `$Value${at} = "text ${at} $env:NAME_${at % 7}"`],
];

const WORKFLOW = `on: push
permissions: { contents: read }
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: npm test
`;
