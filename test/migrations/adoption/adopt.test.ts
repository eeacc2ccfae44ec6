/** The first generation of the original service’s tables is adopted. */
import { describeAdoptedTables } from './adopted-tables';

describeAdoptedTables('a');
