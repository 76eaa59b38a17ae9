/** How every container of ours is confined, on instances and in a smoke test alike (Docker Engine API, HostConfig). */
export const CONFINED = {
	Init: true,
	// Programs change to users of their own and are ended, and files given to them; nothing gains more than that.
	SecurityOpt: ["no-new-privileges"],
	CapDrop: ["ALL"],
	CapAdd: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID"],
};
