namespace Silo.Core.Addresses;

/// <summary>
/// Who runs the hosts that domains name in their MX records: hosted business mail, and the filters that stand in front of it. One
/// provider a line: name, whether it reports complaints (loop or none), the suffixes of its hosts' names; the longest suffix that fits
/// decides. Hosts that serve a provider's own consumers only go by the consumers' name.
/// </summary>
internal static class MailHostTable
{
    public const string Text = """
        Google Workspace | none | google.com googlemail.com
        Gmail | none | gmail-smtp-in.l.google.com alt1.gmail-smtp-in.l.google.com alt2.gmail-smtp-in.l.google.com
        Gmail | none | alt3.gmail-smtp-in.l.google.com alt4.gmail-smtp-in.l.google.com
        Microsoft 365 | none | mail.protection.outlook.com mx.microsoft mail.protection.office365.us mail.protection.partner.outlook.cn
        Microsoft | loop | olc.protection.outlook.com
        Yahoo | loop | yahoodns.net prodigy.net
        Yahoo Small Business | none | mx-biz.mail.am0.yahoodns.net
        Apple | none | mail.icloud.com
        Comcast | loop | mx1.comcast.net mx2.comcast.net mxge.comcast.net mxaz.comcast.net mxch.comcast.net
        Mail.ru | loop | mxs.mail.ru
        VK WorkSpace | none | emx.mail.ru
        Yandex 360 | none | mx.yandex.net mx.yandex.ru
        Zoho Workplace | none | zoho.com zoho.eu zoho.in zoho.com.au zoho.jp zohomail.com zohocloud.ca
        Proton for Business | none | protonmail.ch
        Fastmail Hosting | none | messagingengine.com
        Migadu | none | migadu.com
        mailbox.org | none | mailbox.org
        Infomaniak | none | infomaniak.ch
        GoDaddy | none | secureserver.net
        Rackspace | none | emailsrvr.com
        IONOS | none | kundenserver.de ionos.com ionos.de ionos.co.uk ionos.fr ionos.es 1and1.com 1and1.co.uk 1and1.fr perfora.net
        Strato | none | rzone.de
        OVH | none | ovh.net ovh.ca
        Gandi | none | gandi.net
        Hostinger | none | hostinger.com titan.email
        Namecheap | none | privateemail.com registrar-servers.com
        Amazon | none | amazonaws.com awsapps.com
        Alibaba Mail | none | mxhichina.com
        Tencent Exmail | none | mxbiz1.qq.com mxbiz2.qq.com
        NetEase Qiye | none | qiye.163.com
        Cloudflare | none | mx.cloudflare.net
        ImprovMX | none | improvmx.com
        Mimecast | none | mimecast.com mimecast.co.za mimecast-offshore.com
        Proofpoint | none | pphosted.com
        Proofpoint Essentials | none | ppe-hosted.com
        Barracuda | none | barracudanetworks.com
        Cisco | none | iphmx.com
        Broadcom | none | messagelabs.com
        Trend Micro | none | trendmicro.com trendmicro.eu trendmicro.co.jp
        Sophos | none | hydra.sophos.com reflexion.net
        Forcepoint | none | mailcontrol.com
        Trellix | none | fireeyecloud.com
        Hornetsecurity | none | hornetsecurity.com antispameurope.com
        N-able | none | antispamcloud.com
        """;
}
