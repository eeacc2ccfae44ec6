/** The engines that tests run on. */
export type EngineName = 'sqlite' | 'postgres' | 'mariadb';
