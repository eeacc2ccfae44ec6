/** The declarations that stores are started with. */
import type { ConnectionsDocument } from '../../src/config/document';
import { declaration, entry } from '../setup/declarations';

/** Two of the names stand in the legacy databases too. */
export const declared: ConnectionsDocument = declaration({
  atlassian: entry({ display_name: 'Atlassian' }),
  github: entry(),
  linear: entry(),
  slack: entry({ cloud_id: '1' }),
});

/** Against `declared`: a row to insert, two to overwrite of which one decides `enabled`, one to mark removed. */
export const changed: ConnectionsDocument = declaration({
  atlassian: entry({ display_name: 'Jira and more' }),
  github: entry({ enabled: false }),
  linear: entry(),
  notion: entry(),
});
