import type { TableName, TableRow } from '../../src/protocol/tables';
import { tableColumns } from '../../src/protocol/tables';
import type { BodyPart, RequestPlace } from '../../src/protocol/streams';
import { element, setVisible } from '../common/dom';
import { button } from '../common/ui';
import type { ButtonControl } from '../common/ui';
import type { Host } from '../common/vscodeApi';
import { t } from '../../src/protocol/l10n';

const withStreams: readonly TableName[] = ['flows', 'dns', 'http', 'tls', 'objects'];

/** What can be done with the chosen row of a table beside showing its packets. */
export class RowActions {
  readonly element: HTMLElement;
  private readonly follow: ButtonControl;
  private readonly openRequest: ButtonControl;
  private readonly openResponse: ButtonControl;
  private readonly openObject: ButtonControl;
  private readonly saveObject: ButtonControl;
  private readonly curl: ButtonControl;
  private row: TableRow | undefined;
  private table: TableName = 'flows';

  constructor(private readonly host: Host) {
    const action = (label: string, title: string, onPress: (row: TableRow) => void): ButtonControl => {
      const control = button({
        label,
        title,
        appearance: 'secondary',
        onPress: () => {
          if (this.row !== undefined) onPress(this.row);
        },
      });
      return control;
    };
    const open = (part: BodyPart) => (row: TableRow) => this.body('openBody', row, part);
    this.follow = action(t('Follow Stream'), t('Show what both sides said as a document'), ({ packet, filter }) =>
      host.post({ type: 'followStream', packet, filter: packet === null ? filter : '' }),
    );
    this.openRequest = action(t('Open Request Body'), t('Show the body of the request as a document'), open('request'));
    this.openResponse = action(
      t('Open Response Body'),
      t('Show the body of the response as a document'),
      open('response'),
    );
    this.openObject = action(t('Open'), t('Show the object as a document, as text or as a hex dump'), (row) =>
      this.body('openBody', row, this.partOf(row)),
    );
    this.saveObject = action(t('Save As…'), t('Write the object to a file'), (row) =>
      this.body('saveBody', row, this.partOf(row)),
    );
    this.curl = action(t('Copy as cURL'), t('Copy the request as a curl command'), (row) => {
      const place = placeOf(row);
      if (place !== null) host.post({ type: 'copyCurl', ...place });
    });
    this.element = element(
      'div',
      { class: 'row-actions', attributes: { role: 'group', 'aria-label': t('Chosen row') } },
      ...this.all.map((control) => control.element),
    );
  }

  update(table: TableName, row: TableRow | undefined): void {
    this.table = table;
    this.row = row;
    this.follow.setVisible(withStreams.includes(table));
    this.openRequest.setVisible(table === 'http');
    this.openResponse.setVisible(table === 'http');
    this.openObject.setVisible(table === 'objects');
    this.saveObject.setVisible(table === 'objects');
    this.curl.setVisible(table === 'http' || table === 'objects');
    for (const control of this.all) control.setEnabled(row !== undefined);
    if (row !== undefined && table === 'flows')
      this.follow.setEnabled(row.cells[0] === 'tcp' || row.cells[0] === 'udp');
    setVisible(this.element, withStreams.includes(table));
  }

  private get all(): readonly ButtonControl[] {
    return [this.follow, this.openRequest, this.openResponse, this.openObject, this.saveObject, this.curl];
  }

  private partOf(row: TableRow): BodyPart {
    const at = tableColumns.objects.findIndex(({ id }) => id === 'part');
    return this.table === 'objects' && row.cells[at] === 'request' ? 'request' : 'response';
  }

  private body(type: 'openBody' | 'saveBody', row: TableRow, part: BodyPart): void {
    const place = placeOf(row);
    if (place !== null) this.host.post({ type, ...place, part });
  }
}

function placeOf({ packet, ahead }: TableRow): RequestPlace | null {
  return packet === null ? null : { packet, ...(ahead === undefined ? {} : { ahead }) };
}
