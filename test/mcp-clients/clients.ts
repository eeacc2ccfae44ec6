/** The MCP clients that hosts use. */
import type { McpClientLibrary } from './client';
import { aiSdk } from './clients/ai-sdk';
import { langchain } from './clients/langchain';
import { mastra } from './clients/mastra';
import { sdkV1 } from './clients/sdk-v1';
import { sdkV2 } from './clients/sdk-v2';

export const libraries: readonly McpClientLibrary[] = [sdkV1, sdkV2, aiSdk, mastra, langchain];
