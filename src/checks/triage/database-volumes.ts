import { composeFiles, type ComposeFile } from "../facts/compose-files.ts";
import { clusterOf, isComputed } from "../kubernetes/manifests.ts";
import { allContainers, titleOf, workloadsOf } from "../kubernetes/workloads.ts";
import type { Tree } from "../tree/tree.ts";
import type { Part } from "../workflows/part.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

interface Database {
	image: RegExp;
	/** Where the image of a version keeps its data. */
	data: (version: number) => string;
	/** Where else something may lie that is no data. */
	aside: RegExp;
	/** Moves the data elsewhere. */
	moved: RegExp;
}

const ASIDE =
	/^\/(?:docker-entrypoint|etc|run|tmp|certs?|ssl|secrets?|config|scripts?|backups?|dumps?|var\/(?:log|run|backups?)|usr|opt|init)/;
/** Of the official images: https://hub.docker.com/_/postgres, mysql, mariadb, mongo */
const DATABASES: readonly Database[] = [
	{
		image:
			/^(?:(?:docker\.io|public\.ecr\.aws\/docker)\/)?(?:library\/)?(?:postgres|postgis\/postgis|pgvector\/pgvector|timescale\/timescaledb)(?=[:@]|$)/,
		data: (version) => (version >= 18 ? "/var/lib/postgresql" : "/var/lib/postgresql/data"),
		aside: ASIDE,
		moved: /\bPGDATA\b/,
	},
	{
		image: /^(?:docker\.io\/)?(?:library\/)?(?:mysql|mariadb)(?=[:@]|$)/,
		data: () => "/var/lib/mysql",
		aside: ASIDE,
		moved: /--datadir\b/,
	},
	{
		image: /^(?:docker\.io\/)?(?:library\/)?mongo(?=[:@]|$)/,
		data: () => "/data/db",
		aside:
			/^\/(?:data\/configdb|docker-entrypoint|etc|run|tmp|certs?|ssl|secrets?|config|scripts?|backups?|dumps?|var\/(?:log|run|backups?)|usr|opt|init)/,
		moved: /--dbpath\b/,
	},
];

/** A mount of a container. */
interface Mount {
	path: string;
	place: FilePlace;
}

export default {
	code: "TS474",
	scope: "static",
	severity: "error",
	question: "Does the volume of every database lie where its image keeps the data?",
	why: "A volume at another path stays empty: the data lies in the container, and is gone with the next `up` or roll-out.",
	example: "`pgdata:/var/lib/postgres/data` of postgres:16, which keeps its data in /var/lib/postgresql/data.",
	run(tree) {
		const files = composeFiles(tree);
		const findings = [...files.flatMap(inCompose), ...inCluster(tree)];
		return { looked: `${files.length} compose files, ${workloadsOf(clusterOf(tree)).length} workloads`, findings };
	},
} satisfies StaticCheck;

function inCompose({ services, open, root }: ComposeFile): Found[] {
	return [...services].flatMap(([name, service]) => {
		const mounts = (service.get("volumes")?.list ?? []).flatMap((part) => mountOf(part, root));
		const text = [service.get("environment"), service.get("command"), service.get("env_file")]
			.map((part) => textBelow(part))
			.join(" ");
		return open ? [] : misplaced(`the service ${name}`, service.get("image"), mounts, text, true);
	});
}

/** Named volumes, and folders of the host. */
function mountOf(part: Part, root: Part): Mount[] {
	const [source = "", path] =
		part.text === undefined
			? [part.get("source")?.text ?? "", part.get("target")?.text]
			: part.text.split(":").length === 1
				? ["", part.text]
				: part.text.split(":");
	if (path === undefined || isComputed(path)) return [];
	const named = root.get("volumes")?.map.has(source) === true || /data|db|sql|mongo/i.test(source);
	return named || /^\/var\/lib\/|^\/data\/db/.test(path) ? [{ path: path.replace(/\/$/, ""), place: part.place }] : [];
}

const textBelow = (part: Part | undefined): string =>
	part === undefined
		? ""
		: [
				part.text ?? "",
				...part.list.map(textBelow),
				...[...part.map].map(([key, one]) => `${key} ${textBelow(one)}`),
			].join(" ");

/** `compose`: the image's own volume, which Docker makes inside a volume that lies above the data, is known to take the data. */
function misplaced(
	what: string,
	image: Part | undefined,
	mounts: readonly Mount[],
	text: string,
	compose = false,
): Found[] {
	const database = DATABASES.find((one) => one.image.test(image?.text ?? ""));
	if (database === undefined || isComputed(image!.text!) || database.moved.test(text)) return [];
	const version = Number(/:(?:\w+-)?(?:pg)?(\d+)/.exec(image!.text!)?.[1] ?? 0);
	const data = database.data(version);
	const isHidden = compose && version > 0;
	const kept = mounts.some(
		({ path }) => path === data || (!isHidden && version < 18 && data.startsWith(`${path}/`) && path !== "/var/lib"),
	);
	const own = mounts.filter(({ path }) => path.startsWith("/") && !database.aside.test(path));
	if (kept || own.length !== 1) return [];
	const [{ path, place }] = own as [Mount];
	return [
		{
			message: `${what} keeps its data in ${data}, and its volume lies at ${path}: the data is gone with the container`,
			evidence: [place, image!.place],
			fix: { say: `mount it at ${data}` },
		},
	];
}

function inCluster(tree: Tree): Found[] {
	const workloads = workloadsOf(clusterOf(tree)).filter(({ manifest }) => !manifest.broken);
	return workloads.flatMap(({ manifest, template }) =>
		allContainers(template).flatMap((container) => {
			const mounts = (container.get("volumeMounts")?.list ?? []).flatMap((part): Mount[] => {
				const at = part.get("mountPath");
				return at?.text === undefined || isComputed(at.text)
					? []
					: [{ path: at.text.replace(/\/$/, ""), place: at.place }];
			});
			const text = ["env", "args", "command", "envFrom"].map((key) => textBelow(container.get(key))).join(" ");
			return misplaced(titleOf(manifest), container.get("image"), mounts, text);
		}),
	);
}
