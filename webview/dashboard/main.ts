import '../common/translations';
import '../common/common.css';
import './dashboard.css';
import './captureStrip.css';
import '../common/timeBrush.css';
import { startView } from '../common/view';
import { DashboardView } from './dashboardView';

startView((root, host) => new DashboardView(root, host));
