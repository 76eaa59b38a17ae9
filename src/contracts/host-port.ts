/** 1 to 65535, without a zero in front. */
const PORT = "(?:[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])";
const NAME = "[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?";
const IPV6 = "(?!.*:::)[0-9A-Fa-f]*:[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?";

/** `host:port`; an IPv6 address stands in brackets, perhaps with a zone: `[fd00::5]:7233`, `[fe80::1%eth0]:7233`. */
export const HOST_PORT = new RegExp(`^(?:${NAME}|\\[${IPV6}\\]):${PORT}$`);

/** `host` or `host:port`, of a registry. */
export const HOST_MAYBE_PORT = new RegExp(`^[A-Za-z0-9_][\\w.-]*(?::${PORT})?$`);
