/** A request that a provider has sent, as it came. */
export interface WebhookRequest {
  readonly method: string;
  /** As the provider has it, which may sign it: behind a proxy, with the origin of `RUNLET_PUBLIC_URL`. */
  readonly url: URL;
  readonly headers: Headers;
  /** The body, byte for byte: this is what is signed. */
  readonly body: Uint8Array;
  /** When it came, ms. */
  readonly receivedAt: number;
}

/** Why a request is not taken for one of the provider. */
export type WebhookFault = "signature_missing" | "signature_invalid" | "timestamp_invalid" | "body_malformed";

/** What a source says of a request. */
export type WebhookVerdict<Event = unknown> =
  | {
      /** It is the provider's. */
      readonly type: "event";
      readonly event: Event;
      /** The provider's own name for it, the same when it is sent again. */
      readonly deliveryId?: string;
      /** What was verified: where there is no name the delivery is known by it. Default: the body. */
      readonly signed?: Uint8Array;
      /** For the log: why a name that was to be there is not. */
      readonly unnamed?: string;
    }
  /** The provider only wants to see whether somebody is there: it is answered, and nothing is recorded. */
  | {
      readonly type: "handshake";
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly type: "refused"; readonly fault: WebhookFault; readonly message: string };

/** Where a secret is: the name of a variable or secret of the Worker. */
export interface SecretReference {
  readonly env: string;
}

/** How the requests of one provider are told from forged ones. `Event` is the type of what it sends. */
export interface WebhookSource<Event = unknown> {
  /** Its name, such as "stripe". */
  readonly provider: string;
  /** One, or two while one takes the place of the other: a request that fits any of them is genuine. */
  readonly secrets: readonly SecretReference[];
  /** Headers that are credentials: tasks do not see them. In lower case. */
  readonly credentials: { readonly headers: readonly string[] };
  /** How a genuine delivery is answered. Default: 200 with a JSON body. */
  readonly accepted?: { readonly status: number; readonly body?: string };
  /** Never throws for what a stranger has sent. `secrets` are the values of those that are set, at least one. */
  verify(request: WebhookRequest, secrets: readonly string[]): Promise<WebhookVerdict<Event>>;
}
