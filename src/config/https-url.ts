import { z } from "zod";
import { isLoopback } from "../system/hosts.ts";

/** HTTPS, but for a server on this machine: a credential travels in each request. */
export const httpsUrl = z
	.url()
	.refine((text) => text.startsWith("https://") || isLoopback(URL.parse(text)?.hostname ?? ""), "an https address");
