/** The second generation of the original service’s tables, which has no connections in it, is adopted. */
import { describeAdoptedTables } from './adopted-tables';

describeAdoptedTables('b');
