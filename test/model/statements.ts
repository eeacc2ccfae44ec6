/**
 * The conditional statements over rows of tokens and over flows, as data: named conditions, each of which can be dropped,
 * and an effect. The walks compare them with the SQL.
 */
import { nextClaim } from '../../src/tokens/refresh-protocol';
import type { Flow, Row } from './rows';

/** A row as a process has read it. */
type Seen = Pick<Row, 'id' | 'generation' | 'claimed' | 'access'>;

/** The number of the claim that a process makes on a row. */
export const nextClaimOf = ({ generation, claimed }: Seen): number =>
  nextClaim({ generation, claimedGeneration: claimed });

/** What saved tokens make of a row. */
export interface Values {
  readonly access: string;
  /** `undefined` keeps what the row has. */
  readonly refresh: string | null | undefined;
  readonly life: Row['life'];
  readonly fingerprint: string;
  readonly isUsable: boolean;
}

export interface GrantOf {
  readonly grantId: string | null;
  readonly grantedAt: string | null;
}

/** A statement that touches each row, or flow, for which every condition holds. */
export interface Statement<Target, Given> {
  readonly conditions: Readonly<Record<string, (target: Target, given: Given) => boolean>>;
  /** @returns null for what is deleted */
  readonly effect: (target: Target, given: Given) => Target | null;
}

const seenId = { id: (row: Row, { seen }: { seen: Seen }) => row.id === seen.id };
const asSeen = {
  ...seenId,
  generation: (row: Row, { seen }: { seen: Seen }) => row.generation === seen.generation,
  access: (row: Row, { seen }: { seen: Seen }) => row.access === seen.access,
};
const unleased = { unleased: ({ lease }: Row) => lease === null || lease === 'over' || lease === 'beyond' };

const claim: Statement<Row, { readonly seen: Seen }> = {
  conditions: {
    ...seenId,
    generation: asSeen.generation,
    claimedGeneration: (row, { seen }) => row.claimed === seen.claimed,
    ...unleased,
  },
  effect: (row, { seen }) => ({ ...row, claimed: nextClaimOf(seen), lease: 'running' }),
};

const save: Statement<Row, { readonly seen: Seen; readonly claimed: number; readonly values: Values }> = {
  conditions: {
    ...seenId,
    'generation < claimed': (row, { claimed }) => row.generation < claimed,
    access: asSeen.access,
  },
  effect: (row, { claimed, values }) => ({
    ...written(row, values, row.refresh),
    generation: claimed,
    lease: row.claimed === claimed ? null : row.lease,
  }),
};

const mark: Statement<Row, { readonly seen: Seen; readonly claimed: number }> = {
  conditions: {
    ...seenId,
    generation: asSeen.generation,
    claimedGeneration: (row, { claimed }) => row.claimed === claimed,
  },
  effect: (row) => ({ ...row, status: 'reauthorization_required', lease: null }),
};

const release: Statement<Row, { readonly seen: Pick<Seen, 'id'>; readonly claimed: number }> = {
  conditions: {
    id: (row, { seen }) => row.id === seen.id,
    claimedGeneration: (row, { claimed }) => row.claimed === claimed,
  },
  effect: (row) => ({ ...row, lease: null }),
};

const rewrite: Statement<
  Row,
  {
    readonly seen: Seen;
    readonly changes: Pick<Row, 'access' | 'refresh'> & Partial<Pick<Row, 'user'>>;
  }
> = {
  conditions: { ...asSeen, ...unleased },
  effect: (row, { changes }) => ({ ...row, ...changes }),
};

const remove: Statement<Row, { readonly seen: Seen }> = { conditions: asSeen, effect: () => null };

const replace: Statement<Row, { readonly seen: Seen; readonly values: Values; readonly grant: GrantOf }> = {
  conditions: asSeen,
  effect: (row, { values, grant }) => ({
    ...written(row, values, null),
    ...grant,
    generation: row.claimed + 1,
    claimed: row.claimed + 1,
    lease: null,
  }),
};

export interface Taking {
  readonly state: string;
  readonly user: string;
  readonly grantId: string;
}

const take: Statement<Flow, Taking> = {
  conditions: {
    state: (flow, { state }) => flow.state === state,
    grantId: (flow, { grantId }) => flow.grantId === null || flow.grantId === grantId,
    'not expired': ({ isExpired }) => !isExpired,
    user: (flow, { user }) => flow.user === user,
  },
  effect: (flow, { grantId }) => ({ ...flow, grantId, isExpired: false }),
};

const endFlow: Statement<Flow, Pick<Taking, 'state' | 'grantId'>> = {
  conditions: {
    state: (flow, { state }) => flow.state === state,
    grantId: (flow, { grantId }) => flow.grantId === grantId,
  },
  effect: () => null,
};

const endFlows: Statement<Flow, Pick<Taking, 'user'>> = {
  conditions: { user: (flow, { user }) => flow.user === user },
  effect: () => null,
};

export const ofRows = { claim, save, mark, release, rewrite, delete: remove, replace };
export const ofFlows = { take, endFlow, endFlows };

/** A row that is not there yet. */
export function insertedRow(id: string, user: string, values: Values, grant: GrantOf): Row {
  const row = { id, user, access: '', refresh: null, generation: 1, claimed: 1, lease: null, ...grant };
  return written({ ...row, status: 'active', life: 'fresh', fingerprint: '' }, values, null);
}

function written(row: Row, values: Values, refresh: string | null): Row {
  return {
    ...row,
    access: values.access,
    refresh: values.refresh === undefined ? refresh : values.refresh,
    life: values.life,
    fingerprint: values.fingerprint,
    status: values.isUsable ? 'active' : 'reauthorization_required',
  };
}
