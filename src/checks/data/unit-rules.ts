import type { Language } from "../tree/languages.ts";

/** A setting or an option that counts in one unit, and a value that can hardly be meant in it. */
export interface UnitRule {
	languages: readonly Language[];
	/** Group 1 is the name, group 2 the value. */
	pattern: RegExp;
	/** What the file must hold, where the pattern alone does not say whose setting it is. */
	within?: RegExp;
	/** What is wrong with a value, behind "NAME VALUE"; undefined: nothing. */
	fault: (value: number) => string | undefined;
	/** What to write for it. */
	meant: (value: number) => string;
	/** Its reader refuses it, so that nobody has to guess what is meant. */
	refused?: true;
}

/** Milliseconds as people write them: as seconds they are hours. */
const IN_MILLISECONDS: ReadonlySet<number> = new Set([
	...[5, 10, 15, 20, 25, 30, 40, 45, 50, 60, 90, 120, 180, 240, 300, 600, 900, 1800, 3600].map(
		(seconds) => seconds * 1000,
	),
]);

const hours = (seconds: number): string =>
	seconds < 7200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`;
const seconds = {
	fault: (value: number) =>
		IN_MILLISECONDS.has(value) ? `counts seconds: that is ${hours(value)}, and looks like milliseconds` : undefined,
	meant: (value: number) => String(value / 1000),
};
const withoutUnit = {
	fault: (value: number) => (value === 0 ? undefined : "has no unit, and is refused without one"),
	meant: (value: number) => `${value}s`,
	refused: true as const,
};
const SHELLS: readonly Language[] = ["shell", "yaml", "dockerfile", "text"];
const MIB = 2 ** 20;

/**
 * Durations that are read by Go's ParseDuration, which wants a unit; settings in seconds; sizes in bytes. From the
 * manuals of the programs: docs.docker.com, kubernetes.io, helm.sh, prometheus.io, supervisord.org, systemd.service(5),
 * nginx.org, curl(1), ssh_config(5), docs.gunicorn.org, docs.github.com.
 */
export const UNIT_RULES: readonly UnitRule[] = [
	{
		languages: ["yaml"],
		pattern: /^[ \t]+(stop_grace_period):[ \t]*["']?(\d+)["']?[ \t]*(?:#.*)?$/gm,
		within: /^services:/m,
		...withoutUnit,
	},
	{
		languages: ["yaml"],
		pattern:
			/^[ \t]*(?:-[ \t]+)?(scrape_interval|scrape_timeout|evaluation_interval):[ \t]*["']?(\d+)["']?[ \t]*(?:#.*)?$/gm,
		within: /^(?:scrape_configs|global):/m,
		...withoutUnit,
	},
	{
		languages: SHELLS,
		pattern:
			/[ \t](--timeout)[= \t]["']?(\d+)["']?(?=[ \t\n\\;)]|$)(?<=\b(?:kubectl|helm|cosign|trivy)\b(?:[^\n;&|#]|\\\n)*)/gm,
		...withoutUnit,
	},
	{
		languages: SHELLS,
		pattern: /[ \t](--?timeout)[= \t](\d+)(?=[ \t\n\\;)]|$)(?<=\bgo[ \t]+test\b[^\n;&|#]*)/gm,
		...withoutUnit,
	},
	{
		languages: SHELLS,
		pattern:
			/[ \t](--health-(?:interval|timeout|start-period))[= \t](\d+)(?=[ \t\n\\;)]|$)(?<=\bdocker[ \t]+(?:run|create)\b(?:[^\n;&|#]|\\\n)*)/gm,
		...withoutUnit,
	},
	{
		languages: SHELLS,
		pattern:
			/[ \t](-m|--memory|--shm-size)[= \t]["']?(\d+)["']?(?=[ \t\n\\;)]|$)(?<=\bdocker[ \t]+(?:run|create)\b(?:[^\n;&|#]|\\\n)*)/gm,
		fault: (value) => (value > 0 && value < 6 * MIB ? "counts bytes" : undefined),
		meant: (value) => `${value}m`,
		refused: true,
	},
	{
		languages: ["yaml"],
		pattern: /^[ \t]+(mem_limit|memswap_limit|mem_reservation|shm_size):[ \t]*["']?(\d+)["']?[ \t]*(?:#.*)?$/gm,
		within: /^services:/m,
		fault: (value) => (value > 0 && value < 6 * MIB ? "counts bytes" : undefined),
		meant: (value) => `${value}m`,
		refused: true,
	},
	{
		languages: ["yaml"],
		pattern: /^[ \t]+(memory):[ \t]*["']?(\d+)["']?[ \t]*(?:#.*)?$/gm,
		within: /^kind:[ \t]*(?:Deployment|StatefulSet|DaemonSet|Job|CronJob|Pod|LimitRange|ResourceQuota)\b/m,
		fault: (value) => (value > 0 && value < MIB ? "counts bytes" : undefined),
		meant: (value) => `${value}Mi`,
		refused: true,
	},
	{
		languages: ["yaml"],
		pattern: /^[ \t]+(memory):[ \t]*["']?(\d+)m["']?[ \t]*(?:#.*)?$/gm,
		within: /^kind:[ \t]*(?:Deployment|StatefulSet|DaemonSet|Job|CronJob|Pod|LimitRange|ResourceQuota)\b/m,
		fault: () => "is in thousandths of a byte: `m` is no megabyte there",
		meant: (value) => `${value}Mi`,
		refused: true,
	},
	{
		languages: ["yaml"],
		pattern:
			/^[ \t]+(periodSeconds|timeoutSeconds|initialDelaySeconds|terminationGracePeriodSeconds|activeDeadlineSeconds):[ \t]*(\d+)[ \t]*$/gm,
		...seconds,
	},
	{
		languages: ["ini"],
		pattern: /^[ \t]*(startsecs|stopwaitsecs)[ \t]*=[ \t]*(\d+)[ \t]*$/gm,
		...seconds,
	},
	{
		languages: ["ini"],
		pattern: /^(Timeout(?:Start|Stop|Abort)?Sec|RestartSec|WatchdogSec)[ \t]*=[ \t]*(\d+)[ \t]*$/gm,
		...seconds,
	},
	{
		languages: ["nginx"],
		pattern:
			/^[ \t]*((?:proxy|fastcgi|uwsgi|grpc)_(?:connect|read|send)_timeout|keepalive_timeout|client_(?:body|header)_timeout|send_timeout)[ \t]+(\d+)s?[ \t]*;[ \t]*$/gm,
		...seconds,
	},
	{
		languages: [...SHELLS, "ini"],
		pattern:
			/[ \t](--max-time|--connect-timeout|--retry-delay|--retry-max-time|--timeout|--graceful-timeout|--timeout-keep-alive|--timeout-graceful-shutdown)[= \t]["']?(\d+)["']?(?=[ \t\n\\;)]|$)(?<=\b(?:curl|gunicorn|uvicorn|wget)\b(?:[^\n;&|#]|\\\n)*)/gm,
		...seconds,
	},
	{
		languages: [...SHELLS, "powershell", "ini"],
		pattern: /(?<=-o[ \t"']*|^[ \t]*)(ConnectTimeout|ServerAliveInterval)[= \t](\d+)(?=["' \t\n\\]|$)/gm,
		...seconds,
	},
	{
		languages: ["powershell"],
		pattern: /(?<=[ \t])(-TimeoutSec|-ConnectionTimeoutSeconds|-RetryIntervalSec)[ \t:]+(\d+)(?=[ \t\r\n)`;]|$)/gim,
		...seconds,
	},
	{
		languages: ["env", "yaml", "dockerfile", "ini"],
		pattern:
			/(?<![\w$])((?:[A-Z][A-Z\d]*_)+(?:TIMEOUT|DELAY|INTERVAL|WAIT|GRACE|PAUSE|BACKOFF|HEARTBEAT)_(?:S|SECS?|SECONDS))[ \t]*[=:][ \t]*["']?(\d+)["']?[ \t]*$/gm,
		...seconds,
	},
	{
		languages: ["python", "javascript", "shell", "powershell"],
		pattern:
			/^[ \t]*(?:export[ \t]+|const[ \t]+|readonly[ \t]+|\$)?((?:[A-Z][A-Z\d]*_)*(?:TIMEOUT|DELAY|INTERVAL|WAIT|GRACE|PAUSE|BACKOFF|HEARTBEAT)_(?:S|SECS?|SECONDS))(?:[ \t]*:[ \t]*\w+)?[ \t]*=[ \t]*["']?(\d+)["']?;?[ \t]*$/gm,
		...seconds,
	},
	{
		languages: ["env", "yaml", "dockerfile", "ini"],
		pattern:
			/(?<![\w$])((?:[A-Z][A-Z\d]*_)*(?:REQUEST|CONNECT|HTTP|UPLOAD|DOWNLOAD|JOB|TASK|ACTIVITY|SHUTDOWN|STARTUP|DRAIN|TRANSCODE|RENDER)_?TIMEOUT_MS)[ \t]*[=:][ \t]*["']?(\d+)["']?[ \t]*$/gm,
		fault: (value) =>
			value > 0 && value <= 120 && value % 5 === 0 ? "counts milliseconds, and looks like seconds" : undefined,
		meant: (value) => String(value * 1000),
	},
];
