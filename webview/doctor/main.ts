import '../common/translations';
import '../common/common.css';
import './doctor.css';
import type { DoctorPageState } from '../../src/protocol/doctorPage';
import { startPage } from '../common/page';
import { DoctorView } from './doctorView';

function isDoctorPageState(value: unknown): value is DoctorPageState {
  if (typeof value !== 'object' || value === null) return false;
  const state = value as Partial<Record<keyof DoctorPageState, unknown>>;
  return state.type === 'doctor' && typeof state.sequence === 'number' && typeof state.report === 'object';
}

startPage(isDoctorPageState, (root, post) => new DoctorView(root, post));
