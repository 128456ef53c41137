import '../common/translations';
import '../common/common.css';
import './finding.css';
import { startPage } from '../common/page';
import { isFindingPageState } from './findingGuard';
import { FindingView } from './findingView';

startPage(isFindingPageState, (root, post) => new FindingView(root, post));
