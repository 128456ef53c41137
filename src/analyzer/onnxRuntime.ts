import { isMainThread } from 'node:worker_threads';

/**
 * ONNX Runtime, told first to send nothing: from 1.29 on its binaries for Linux and macOS report sessions and models to their
 * maker and keep an identifier of the machine below the home folder, unless `ORT_DISABLE_TELEMETRY` is set before they are loaded
 * (microsoft/onnxruntime pull requests 27379 and 29843). This is the only place that may load it.
 *
 * @throws in a worker thread, whose `process.env` the library does not see
 */
export function loadOnnxRuntime(): Promise<typeof import('onnxruntime-node')> {
  if (!isMainThread) return Promise.reject(new Error('ONNX Runtime may only be loaded in the main thread'));
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  return import('onnxruntime-node');
}
