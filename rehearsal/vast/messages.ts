/** What hosts write into `status_msg`, word for word as it was observed. */
export const successText = (image: string, runtype: string): string => {
	if (!/ssh|jupyter/.test(runtype)) return `success, running ${image}`;
	return `success, running ${image.replaceAll(":", "_")}/${runtype.includes("jupyter") ? "jupyter" : "ssh"}`;
};

/** What a host says of an image that its registry does not have. */
export const missingText = (reference: string): string =>
	`Error response from daemon: manifest for ${reference} not found: manifest unknown: manifest unknown`;

/** What a host says of an image that its registry does not give it. */
export const deniedText = (reference: string): string =>
	`Error response from daemon: Head "https://${reference.split("/")[0]}/v2/": unauthorized: authentication required`;

export const diskFullText =
	"failed to register layer: write /usr/lib/x86_64-linux-gnu/libLLVM.so: no space left on device";

export const ociFailureText =
	"Error: container failed to start: OCI runtime create failed: container_linux.go:380: starting container process caused: exec: unable to start";

export const outbidText = "instance was outbid";
