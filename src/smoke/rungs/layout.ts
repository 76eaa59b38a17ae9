import { fail, ok, type Verdict } from "../../checks/doctor/check.ts";
import { BUILD_INFO_PATH, buildInfoSchema } from "../../contracts/build-info.ts";
import { HEALTH_PROGRAM } from "../../contracts/health.ts";
import { SELF_TEST_PROGRAM } from "../../contracts/self-test.ts";
import { BOOT_PROGRAM, SUPERVISOR_CONFIG } from "../../contracts/vast.ts";
import { environmentOf } from "../environment.ts";
import { limit, type Rung } from "../rung.ts";
import { confined, nameOf, type World } from "../world.ts";
import { jsonOf } from "../../system/json.ts";

const FIX = "cres build --push makes an image with all of it";

/** What a deploy, a self-test or the boot program calls by its path. */
const FILES = [
	...[BOOT_PROGRAM, SUPERVISOR_CONFIG, HEALTH_PROGRAM, SELF_TEST_PROGRAM],
	...["/app/images/boot/main.js", "/app/images/boot/watchdog.js", "/app/images/etc/owner.py"],
	...["/app/images/api/main.js", "/app/images/models/main.js", "/app/images/worker/main.js"],
	...["/app/images/etc/llama", "/app/images/etc/models", "/app/images/whisper/server.py"],
	...["/app/workflow-bundle.js", "/app/images/self-test/speech.ogg", "/opt/whisper/bin/python"],
];

/** Packages of Debian that images/cuda/lock.json pins, without which both engines of the flavour cuda use the CPU. */
const CUDA_PACKAGES = ["libcublas12", "libcublaslt12", "libcudart12", "libggml0-backend-cuda"];
const DPKG_STATUS = "/var/lib/dpkg/status";

/** The container is made, not started: its files are where they are called, and its build file says the build of the registry. */
export const layout: Rung = {
	name: "layout",
	limitMs: limit(60),
	fix: FIX,
	async run(world, { signal }) {
		world.app = await makeApp(world);
		signal.throwIfAborted();
		const { engine, app } = world;
		const there = await Promise.all(FILES.map((path) => engine.has(app, path)));
		const missing = FILES.filter((_, at) => !there[at]);
		if (missing.length > 0) return fail(`the image lacks ${missing.join(", ")}`, FIX);
		const lacking = world.image.flavour === "cuda" ? lackingOf((await engine.read(app, DPKG_STATUS)) ?? "") : [];
		if (lacking.length > 0) return fail(`the image of the flavour cuda lacks the packages ${lacking.join(", ")}`, FIX);
		return judge(await engine.read(app, BUILD_INFO_PATH), world);
	},
};

function makeApp(world: World): Promise<string> {
	const { engine, reference, network, labels, role, pretended } = world;
	const place = { name: nameOf(world, "app"), image: reference, network: network!, labels };
	return engine.create({ ...place, ...environmentOf(world), ...confined(world), gpu: role === "gpu" && !pretended });
}

/** @param status dpkg's list of packages (deb822) */
function lackingOf(status: string): string[] {
	const installed = status
		.split(/\n\n+/)
		.filter((entry) => /^Status: install ok installed$/m.test(entry))
		.map((entry) => /^Package: (\S+)$/m.exec(entry)?.[1]);
	return CUDA_PACKAGES.filter((name) => !installed.includes(name));
}

function judge(text: string | undefined, { image }: World): Verdict {
	const info = buildInfoSchema.safeParse(jsonOf(text ?? "")).data;
	if (!info) return fail(`${BUILD_INFO_PATH} is ${text === undefined ? "not there" : "not readable"}`, FIX);
	if (info.buildId !== image.buildId)
		return fail(`the build file says ${info.buildId}, the registry ${image.buildId}`, FIX);
	const cuda = image.flavour === "cuda" ? `, ${CUDA_PACKAGES.length} packages of the flavour cuda` : "";
	return ok(`build ${info.buildId}, ${FILES.length} files${cuda}`);
}
