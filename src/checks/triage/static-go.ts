import { chainOf, rootOf } from "../dockerfile/image-files.ts";
import { dockerfilesOf, type DockerModel } from "../dockerfile/model.ts";
import { isAside } from "../tree/aside.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS246",
	scope: "static",
	severity: "error",
	question: "Does a Go program fit its image: static where there is no libc, with cgo where a module needs it?",
	why: "A program that is linked with libc does not start on scratch or distroless/static: `no such file or directory`. A module of cgo that is built without it fails when it is first called.",
	example: "`RUN go build …` on golang:1.23-bookworm and `FROM scratch`: build with CGO_ENABLED=0.",
	run(tree) {
		const models = dockerfilesOf(tree).filter(({ file }) => !isAside(file.path));
		return { looked: `${models.length} Dockerfiles`, findings: models.flatMap((model) => inModel(tree, model)) };
	},
} satisfies StaticCheck;

const WITHOUT_LIBC = /^(?:scratch|gcr\.io\/distroless\/static[\w-]*)(?:[:@]|$)/;
const NEEDS_CGO =
	/^\s*(?:require\s+)?(github\.com\/mattn\/go-sqlite3|github\.com\/confluentinc\/confluent-kafka-go(?:\/v\d)?|github\.com\/h2non\/bimg|github\.com\/DataDog\/go-libddwaf|github\.com\/godror\/godror|gocv\.io\/x\/gocv)\s+v\S+(?!.*\/\/ indirect)/m;

function inModel(tree: Tree, model: DockerModel): Found[] {
	const last = model.stages.at(-1);
	if (last === undefined) return [];
	return last.steps
		.flatMap((copy): Found[] => {
			const from = copy.keyword === "COPY" ? copy.flags.get("from")?.toLowerCase() : undefined;
			const stage = model.stages.find(
				({ name, index }) => from !== undefined && (name === from || String(index) === from),
			);
			const root = stage === undefined ? undefined : rootOf(stage);
			if (
				stage === undefined ||
				root === undefined ||
				!/^(?:docker\.io\/)?(?:library\/)?golang(?:[:@]|$)/.test(root.base)
			)
				return [];
			const steps = chainOf(stage).flatMap((one) => one.steps);
			const build = steps.find(({ keyword, rest }) => keyword === "RUN" && /\bgo (?:build|install)\b/.test(rest));
			const text = steps.map(({ rest }) => rest).join("\n");
			const module = tree.files.flatMap((file) => {
				const found = /(?:^|\/)go\.mod$/.test(file.path) ? NEEDS_CGO.exec(file.text) : null;
				return found === null
					? []
					: [{ name: found[1]!, place: file.placeAt(found.index + found[0].indexOf(found[1]!)) }];
			})[0];
			if (build === undefined || /extldflags|linkmode|\bCC=|musl-gcc|-tags[= ]["']?[\w,]*netgo/.test(text)) return [];
			const alpine = /alpine/.test(root.base);
			const off = /\bCGO_ENABLED[= ]["']?0/.test(text);
			const on = /\bCGO_ENABLED[= ]["']?1/.test(text);
			if (/\bCGO_ENABLED\b/.test(text) && !off && !on) return [];
			const place = model.file.placeAt(
				build.start + Math.max(0, model.file.text.slice(build.start, build.end).search(/\bgo (?:build|install)\b/)),
			);
			if (module !== undefined && off) return [withoutCgo(model, place, module)];
			const bare = WITHOUT_LIBC.test(rootOf(last).base);
			const linked = !off && !alpine && (module !== undefined || usesNetwork(tree));
			return bare && linked
				? [
						{
							message: `${model.file.path} builds with cgo, and its last stage, ${rootOf(last).base}, has no libc${module === undefined ? "" : `; ${module.name} needs cgo`}`,
							evidence: [place, model.file.placeAt(last.from.start), ...(module === undefined ? [] : [module.place])],
							fix: {
								say:
									module === undefined
										? "build with CGO_ENABLED=0"
										: "stand the last stage on an image with libc (gcr.io/distroless/base-debian12), or link statically: -ldflags '-extldflags \"-static\"'",
							},
						},
					]
				: [];
		})
		.slice(0, 1);
}

const withoutCgo = ({ file }: DockerModel, place: FilePlace, module: { name: string; place: FilePlace }): Found => ({
	message: `${file.path} builds with CGO_ENABLED=0, and ${module.name} needs cgo`,
	evidence: [place, module.place],
	fix: { say: "build with CGO_ENABLED=1, or take a driver that is written in Go alone" },
});

/** Packages that are linked with libc unless cgo is off. */
const usesNetwork = (tree: Tree): boolean =>
	tree.files.some(
		(file) =>
			file.path.endsWith(".go") &&
			!file.path.endsWith("_test.go") &&
			file.has(/^\s*(?:import\s+)?(?:\w+\s+)?"(?:net|net\/http|os\/user)"/m),
	);
