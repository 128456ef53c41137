import type { ProtocolName } from '../decode/protocols';

/** Media types (IANA) by the protocol that tshark 4.0 reads them as; of a suffix like `+xml` it thinks nothing. */
const typesByName: readonly (readonly [names: readonly ProtocolName[], types: string])[] = [
  [
    ['data-text-lines'],
    'text/plain text/html text/css text/javascript text/richtext text/enriched text/parameters ' +
      'text/x-ref-list text/x-ref-simple text/vnd.sun.j2me.app-descriptor text/xml-external-parsed-entity application/xml-external-parsed-entity ' +
      'application/x-javascript application/x-ns-proxy-autoconfig application/x-rtsp-udp-packetpair application/vnd.drm.message ' +
      'application/vnd.poc.refer-to application/x-tia-p25-issi application/x-tia-p25-sndcp',
  ],
  [
    ['json'],
    'application/json application/json-rpc application/jsonrequest application/dds-web+json application/json-patch+json ' +
      'application/merge-patch+json application/problem+json application/senml+json application/sensml+json ' +
      'application/vnd.oma.lwm2m+json application/x-ndjson',
  ],
  [
    ['xml'],
    'text/xml text/vnd.wap.wml text/vnd.wap.si text/vnd.wap.sl text/vnd.wap.co text/vnd.wap.emn application/xml application/xml-dtd ' +
      'application/xslt+xml application/atom+xml application/rss+xml application/rdf+xml application/soap+xml application/smil ' +
      'application/mathml+xml application/3gpp-ims+xml application/auth-policy+xml application/ccmp+xml ' +
      'application/conference-info+xml application/cpim-pidf+xml application/cpl+xml application/dds-web+xml ' +
      'application/im-iscomposing+xml application/load-control+xml application/media_control+xml application/note+xml ' +
      'application/pidf+xml application/pidf-diff+xml application/poc-settings+xml application/reginfo+xml ' +
      'application/resource-lists+xml application/rlmi+xml application/rls-services+xml application/rs-metadata+xml ' +
      'application/simple-filter+xml application/simple-message-summary+xml application/simservs+xml ' +
      'application/upp-directory+xml application/vnd.wv.csp+xml application/vnd.wv.csp.xml application/watcherinfo+xml ' +
      'application/x-crd+xml application/x-wms-logconnectstats application/x-wms-logplaystats application/x-wms-sendevent ' +
      'application/xcap-att+xml application/xcap-caps+xml application/xcap-diff+xml application/xcap-el+xml ' +
      'application/xcap-error+xml application/xcap-ns+xml application/xpidf+xml image/svg+xml message/imdn+xml',
  ],
  [
    ['wbxml'],
    'application/vnd.ms-sync application/vnd.ms-sync.wbxml application/vnd.nokia.syncset+wbxml application/vnd.oma.drm.rights+wbxml ' +
      'application/vnd.phonecom.mmc-wbxml application/vnd.syncml+wbxml application/vnd.syncml.dm+wbxml ' +
      'application/vnd.uplanet.alert-wbxml application/vnd.uplanet.bearer-choice-wbxml application/vnd.uplanet.cacheop-wbxml ' +
      'application/vnd.uplanet.channel-wbxml application/vnd.uplanet.list-wbxml application/vnd.uplanet.listcmd-wbxml ' +
      'application/vnd.wap.coc application/vnd.wap.connectivity-wbxml application/vnd.wap.locc+wbxml application/vnd.wap.sic ' +
      'application/vnd.wap.slc application/vnd.wap.wbxml application/vnd.wap.wmlc application/vnd.wap.wta-eventc ' +
      'application/vnd.wv.csp.wbxml application/x-prov.syncset+wbxml',
  ],
  [['data'], 'application/octet-stream'],
  [['urlencoded-form'], 'application/x-www-form-urlencoded'],
  [['ocsp'], 'application/ocsp-request application/ocsp-response'],
  [['sdp'], 'application/sdp'],
  [['dns'], 'application/dns-message'],
  [['ipp'], 'application/ipp'],
  [['image-gif'], 'image/gif'],
  [['image-jfif'], 'image/jpeg image/jpg image/jfif'],
  [['png'], 'image/png'],
  [['message-http'], 'message/http'],
  [['imf'], 'message/rfc822'],
  [['sipfrag'], 'message/sipfrag'],
  [['amf'], 'application/x-amf'],
  [['mmse'], 'application/vnd.wap.mms-message'],
  [['daap'], 'application/x-dmap-tagged'],
  [['tnef'], 'application/ms-tnef'],
  [
    ['cbor'],
    'application/cbor application/cbor-seq application/cose-key application/senml+cbor application/sensml+cbor application/vnd.ocf+cbor',
  ],
  [['grpc', 'protobuf'], 'application/grpc application/grpc+proto'],
  [['grpc'], 'application/grpc+json application/grpc-web application/grpc-web+proto'],
  [['cms'], 'application/pkcs7-mime application/pkcs7-signature'],
  [['pkcs10'], 'application/pkcs10'],
  [['pkix-cert'], 'application/pkix-cert'],
  [['x509af'], 'application/pkix-crl'],
  [['cmp'], 'application/pkixcmp application/x-pkixcmp'],
  [['pkixtsp'], 'application/timestamp-query application/timestamp-reply'],
  [
    ['git'],
    'application/x-git-upload-pack-advertisement application/x-git-upload-pack-request application/x-git-upload-pack-result',
  ],
];

/** The open standards of 3GPP, ETSI and OMA in XML, less those that nobody reads. */
const xmlOfMobile = /^application\/vnd\.(3gpp2?|etsi|omads|oma)[.-][a-z0-9.+-]*\+xml$/;
const xmlOfMobileUnread = new Set(['application/vnd.oma.dd+xml', 'application/vnd.oma.drm.rights+xml']);

const byType = new Map(typesByName.flatMap(([names, types]) => types.split(' ').map((type) => [type, names] as const)));
const xml = ['xml'] as const;

/** What a body of the type, in lower case and without parameters, is read as; null for a type that is not listed. */
export function namesOfMediaType(type: string): readonly ProtocolName[] | null {
  return byType.get(type) ?? (xmlOfMobile.test(type) && !xmlOfMobileUnread.has(type) ? xml : null);
}
