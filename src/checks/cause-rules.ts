/** What a cause explains where it says so. */
export interface CauseRule {
	/** Check of the cause, and what its message has to say, if that matters. */
	cause: string;
	says?: RegExp;
	/** Checks of the symptoms, and what their messages have to say, if that matters. */
	explains: readonly string[];
	where?: RegExp;
}

const QUEUES = ["queue-pollers", "queue-backlog", "queue-routing"];
const PROGRAMS = ["program-states", "program-restarts", "container-restarts"];

/** The deepest first: a finding is folded under the first one that explains it, which is never below itself. */
export const CAUSE_RULES: readonly CauseRule[] = [
	{ cause: "endpoint-ours", explains: ["instance-answers", "container-runs", ...QUEUES] },
	{ cause: "instance-answers", explains: ["container-runs", ...QUEUES] },
	{
		cause: "control-dependencies",
		says: /^temporal\b/,
		explains: ["ladder-temporal", "certificate-expiry", "control-api", ...PROGRAMS, "api-health", ...QUEUES],
		where: /temporal|worker|queue|poll|@(?:cpu|gpu)/i,
	},
	{
		cause: "control-dependencies",
		says: /^store\b/,
		explains: ["ladder-store", "control-api", "api-health", ...PROGRAMS],
		where: /store|minio|s3|bucket/i,
	},
	{ cause: "container-runs", explains: [...QUEUES, "unexpected-pollers"] },
	{
		cause: "clock-skew",
		explains: ["ladder-store", "ladder-temporal", "certificate-expiry", "api-health", ...QUEUES],
		where: /skew|not yet valid|expired|minio|STALE|worker polls/i,
	},
	{
		cause: "certificate-expiry",
		says: /expired/,
		explains: ["ladder-temporal", "ladder-store", "api-health", ...PROGRAMS, ...QUEUES],
	},
	{
		cause: "container-environment",
		explains: ["ladder-temporal", "ladder-store", "api-health", ...PROGRAMS, ...QUEUES],
	},
	{ cause: "settings-drift", explains: ["ladder-temporal", "ladder-store"], where: /rung (?:credential|tls)/ },
	{ cause: "program-files", explains: [...PROGRAMS, "api-health", ...QUEUES] },
	{
		cause: "disk-space",
		says: /is full/,
		explains: [...PROGRAMS, "api-health", ...QUEUES],
		where: /ENOSPC|no space|worker|poll|api/i,
	},
	{ cause: "memory-limit", says: /ended/, explains: [...PROGRAMS, "api-health", ...QUEUES] },
	{
		cause: "gpu-usable",
		explains: [...PROGRAMS, "api-health", ...QUEUES],
		where: /gpu|llama|whisper|cuda/i,
	},
	{ cause: "port-owner", explains: ["program-states", "program-restarts", "api-health", "stray-programs"] },
	{ cause: "stray-programs", explains: ["program-states", "program-restarts", "api-health", "unexpected-pollers"] },
	{ cause: "on-start", explains: [...PROGRAMS, "api-health", "running-release", ...QUEUES] },
	{
		cause: "ladder-temporal",
		explains: [...PROGRAMS, "api-health", ...QUEUES],
		where: /temporal|worker|poll|@(?:cpu|gpu)/i,
	},
	{ cause: "ladder-store", explains: [...PROGRAMS, "api-health"], where: /store|minio|s3|bucket/i },
	{
		cause: "running-release",
		says: /no app image|labelled build/,
		explains: [...PROGRAMS, "api-health", "queue-pollers", "queue-routing"],
	},
	{ cause: "program-states", says: /worker/, explains: ["program-restarts", ...QUEUES] },
	{ cause: "program-states", says: /\bapi\b/, explains: ["program-restarts", "api-health"], where: /\bapi\b/ },
	{ cause: "program-states", says: /supervisord/, explains: ["api-health", ...QUEUES] },
	{ cause: "program-states", says: /llama|whisper/, explains: ["api-health"], where: /llama|whisper/ },
	{ cause: "program-restarts", says: /worker/, explains: QUEUES },
	{ cause: "queue-routing", explains: ["queue-backlog"] },
	{ cause: "unexpected-pollers", explains: ["queue-backlog"] },
];
