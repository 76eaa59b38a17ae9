import type { TimeUnit } from "../facts/time-units.ts";

/** What takes a duration. */
export interface Sink {
	/** Up to the opening bracket. */
	call: RegExp;
	wants: TimeUnit;
	/** Counted from 0; of arguments without a name. */
	positions?: readonly number[];
	names?: RegExp;
	/** The argument that stands before the duration and tells its unit. */
	after?: RegExp;
	/** What an import or a word of the file must say. */
	where?: RegExp;
	/** Numbers are told, too: those that are too large for seconds or too small for milliseconds. */
	numbers?: true;
}

const REDIS = /\b(?:io)?redis\b|\bvalkey\b/i;
const HTTP = /\b(?:httpx|requests|aiohttp|urllib3)\b/;

export const PYTHON: readonly Sink[] = [
	{
		call: /\b(?:httpx|requests|aiohttp|urllib3)\.\w+\(|\burlopen\(|\bHTTPS?Connection\(/g,
		wants: "seconds",
		names: /^(?:timeout|connect|read|write|pool|total|sock_read|sock_connect)$/,
		numbers: true,
	},
	{
		call: /\b(?:httpx\.Timeout|urllib3\.Timeout|(?<!\.)Timeout)\(/g,
		wants: "seconds",
		positions: [0],
		where: HTTP,
		numbers: true,
	},
	{ call: /\bClientTimeout\(/g, wants: "seconds", names: /^(?:total|connect|sock_read|sock_connect)$/, numbers: true },
	{
		call: /(?<=\w\.)(?:get|post|put|patch|delete|head|request|stream|send)\(|(?<![\w.])(?:AsyncClient|Client)\(/g,
		wants: "seconds",
		names: /^timeout$/,
		where: HTTP,
		numbers: true,
	},
	{ call: /\b(?:time|asyncio|anyio|trio)\.sleep\(|(?<![\w.])sleep\(/g, wants: "seconds", positions: [0] },
	{ call: /\b(?:asyncio\.)?wait_for\(/g, wants: "seconds", positions: [1], names: /^timeout$/ },
	{
		call: /\b(?:asyncio|async_timeout)\.timeout\(|\banyio\.(?:fail_after|move_on_after)\(/g,
		wants: "seconds",
		positions: [0],
	},
	{ call: /\basyncio\.wait\(|\bas_completed\(/g, wants: "seconds", names: /^timeout$/ },
	{
		call: /\bthreading\.Timer\(|\bsignal\.alarm\(|(?<=\.)settimeout\(|(?<=\.)call_later\(/g,
		wants: "seconds",
		positions: [0],
	},
	{
		call: /\bsubprocess\.\w+\(|(?<=\.)(?:communicate|result|acquire|join|wait)\(|\bcreate_connection\(/g,
		wants: "seconds",
		names: /^timeout$/,
	},
	{ call: /\btimedelta\(/g, wants: "seconds", names: /^seconds$/ },
	{ call: /\btimedelta\(/g, wants: "milliseconds", names: /^milliseconds$/ },
	{ call: /\btimedelta\(/g, wants: "minutes", names: /^minutes$/ },
	{ call: /\btimedelta\(/g, wants: "hours", names: /^hours$/ },
	{ call: /(?<=\.)set\(/g, wants: "seconds", names: /^ex$/, where: REDIS, numbers: true },
	{ call: /(?<=\.)set\(/g, wants: "milliseconds", names: /^px$/, where: REDIS, numbers: true },
	{ call: /(?<=\.)(?:setex|expire)\(/g, wants: "seconds", positions: [1], where: REDIS, numbers: true },
	{ call: /(?<=\.)(?:psetex|pexpire)\(/g, wants: "milliseconds", positions: [1], where: REDIS, numbers: true },
	{ call: /(?<=\.)set_cookie\(/g, wants: "seconds", names: /^max_age$/, numbers: true },
	{ call: /\btime\.(?:time|monotonic|perf_counter)\(/g, wants: "seconds", positions: [] },
];

const TEMPORAL =
	/^(?:startToCloseTimeout|scheduleToCloseTimeout|scheduleToStartTimeout|heartbeatTimeout|initialInterval|maximumInterval|workflow(?:Execution|Run|Task)Timeout)$/;

export const JAVASCRIPT: readonly Sink[] = [
	{
		call: /(?<![\w.])(?:setTimeout|setInterval)\(|\bwindow\.set(?:Timeout|Interval)\(/g,
		wants: "milliseconds",
		positions: [1],
	},
	{ call: /\bAbortSignal\.timeout\(/g, wants: "milliseconds", positions: [0], numbers: true },
	{
		call: /(?<![\w.])(?:sleep|delay|setTimeout)\(/g,
		wants: "milliseconds",
		positions: [0],
		where: /timers\/promises|@temporalio\/workflow/,
	},
	{
		call: /\b(?:proxy(?:Local)?Activities(?:<[^()]*?>)?|executeChild|startChild|\w*workflow\.(?:start|execute|signalWithStart)|execute|start)\(/g,
		wants: "milliseconds",
		names: TEMPORAL,
		where: /@temporalio\//,
		numbers: true,
	},
	{ call: /\bretry\s*:\s*\{/g, wants: "milliseconds", names: TEMPORAL, where: /@temporalio\//, numbers: true },
	{
		call: /\b(?:axios(?:\.\w+)?|ky(?:\.\w+)?|got(?:\.\w+)?|execa\w*|exec|execFile|spawn|spawnSync|execSync|execFileSync|Agent|fetch|request|retry)\(/g,
		wants: "milliseconds",
		names: /^(?:timeout|headersTimeout|bodyTimeout|connectTimeout|keepAliveTimeout|minTimeout|maxTimeout)$/,
	},
	// https://github.com/mscdex/ssh2#client-methods, connect(); its settings are often put together elsewhere.
	{
		call: /\{/g,
		wants: "milliseconds",
		names: /^(?:readyTimeout|keepaliveInterval)$/,
		where: /["']ssh2["']/,
	},
	{
		call: /(?<=\.)setTimeout\(/g,
		wants: "milliseconds",
		positions: [0],
		where: /node:(?:net|http|https|tls)|["']ws["']/,
	},
	{ call: /\b(?:getSignedUrl|jwt\.sign)\(/g, wants: "seconds", names: /^expiresIn$/ },
	{ call: /(?<=\.)(?:setex|setEx|expire)\(/g, wants: "seconds", positions: [1], where: REDIS, numbers: true },
	{
		call: /(?<=\.)(?:psetex|pSetEx|pexpire|pExpire)\(/g,
		wants: "milliseconds",
		positions: [1],
		where: REDIS,
		numbers: true,
	},
	{ call: /(?<=\.)set\(/g, wants: "seconds", names: /^EX$/, after: /^["']EX["']$/i, where: REDIS, numbers: true },
	{ call: /(?<=\.)set\(/g, wants: "milliseconds", names: /^PX$/, after: /^["']PX["']$/i, where: REDIS, numbers: true },
	// https://expressjs.com/en/5x/api.html#res.cookie
	{
		call: /\bres(?:ponse)?\.cookie\(/g,
		wants: "milliseconds",
		names: /^maxAge$/,
		where: /["']express["']/,
		numbers: true,
	},
	{
		call: /\bcookie\s*:\s*\{/g,
		wants: "milliseconds",
		names: /^maxAge$/,
		where: /["']express-session["']/,
		numbers: true,
	},
	{ call: /\b(?:Date|performance)\.now\(/g, wants: "milliseconds", positions: [] },
];
