import { expect, test } from "vitest";
import { envOf } from "../../../src/checks/facts/env.ts";
import { treeOf } from "../../support/tree.ts";

/** `reads X?=default` and `sets X=value`, with `!` where it is needed and the block behind it. */
const said = (path: string, text: string): string[] =>
	envOf(treeOf({ [path]: text })).map(({ name, how, value, defaulted, needed, block, line, comment }) =>
		[
			comment ? "#" : "",
			how,
			` ${name}`,
			needed ? "!" : "",
			defaulted ? "?" : "",
			value === undefined ? "" : `=${value}`,
			block && ` [${block}]`,
			` :${line}`,
		].join(""),
	);

test.for<[string, string]>([
	[
		"a.py",
		'import os\nA = os.environ["A_B"]\nB = os.getenv("B_C", "x")\nC = int(os.environ.get("C_D", 4))\nD = os.getenv("D_E") or "y"\nos.environ["E_F"] = "1"\n# os.getenv("G_H")\nF = _env_str("H_I", default="z")\n',
	],
	[
		"a.ts",
		'const a = process.env.A_B ?? "x";\nconst { B_C = "y", C_D } = process.env;\nprocess.env.D_E = "1";\nconst b = process.env["E_F"]!;\n',
	],
	[
		"a.sh",
		'set -euo pipefail\nA_B="${A_B:-x}"\nexport C_D=1\necho "$E_F" ${G_H:?} # $I_J\ndocker run -e K_L=v -e M_N img\n',
	],
	["a.ps1", '$env:A_B = "x"\n$b = $env:B_C ?? "y"\n$c = Get-EnvOrDefault "C_D" "z"\n# $env:D_E\n'],
	["a.bat", "set A_B=x\necho %A_B% %C_D%\nrem %D_E%\n"],
	[".env", 'A_B=x\n# C_D=y\nexport E_F="z" # c\n'],
	[
		"supervisord.conf",
		'[program:worker]\ncommand=x %(ENV_A_B)s\nenvironment=\n  C_D="1",\n  E_F=%(ENV_G_H)s\n[program:b]\nenvironment=A="1",B=2\n',
	],
	[
		"compose.yaml",
		'services:\n  api:\n    image: x:${TAG_X:-1}\n    environment:\n      A_B: ${C_D}\n      E_F: "1"\n  w:\n    environment:\n      - G_H=2\n      - I_J\n',
	],
	[
		".github/workflows/a.yml",
		"env:\n  A_B: 1\njobs:\n  a:\n    steps:\n      - run: |\n          # x $B_C\n          docker run -e C_D=${{ env.A_B }} x\n          echo $E_F\n      - with:\n          build-args: |\n            G_H=1\n",
	],
	[
		"k.yaml",
		'spec:\n  containers:\n    - name: api\n      env:\n        - name: A_B\n          value: "x"\n        - name: C_D\n          valueFrom: {}\n',
	],
	["Dockerfile", 'ARG A_B=1\nENV C_D=x \\\n  E_F="y z"\nENV G_H 2\nRUN echo $I_J # c\n'],
	["a.toml", '[vars]\nA_B = "x"\n# C_D = "y"\n'],
])("%s", ([path, text]) => {
	expect(said(path, text)).toMatchSnapshot();
});
