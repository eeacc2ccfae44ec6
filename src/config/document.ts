/** The document as a host writes it. */
export interface ConnectionsDocument<Name extends string = string> {
  readonly mcpServers: { readonly [Key in Name]: object };
}
