/** A table of a host’s own, in the same database as ours. */
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ name: 'invoices', synchronize: false })
export class Invoice {
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 36 })
  id!: string;

  @Column({ name: 'total', type: 'integer' })
  total!: number;
}
