import '../common/translations';
import '../common/common.css';
import './captureEditor.css';
import './filterBar.css';
import './packetDetails.css';
import './packetList.css';
import { startView } from '../common/view';
import { CaptureEditorView } from './captureEditorView';

startView((root, host) => new CaptureEditorView(root, host));
