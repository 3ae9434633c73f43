namespace Silo.Core.Addresses;

/// <summary>
/// Consumer mailbox providers by recipient domain. Hosted business mail (Workspace, Microsoft 365) hides behind domains of its own and
/// is not here. One provider a line: name, whether it reports complaints (loop or none), domains. "outlook.*" stands for
/// outlook.com and every outlook.&lt;country&gt; and outlook.co(m).&lt;country&gt;.
/// </summary>
internal static class MailboxProviderTable
{
    public const string Text = """
        Gmail | none | gmail.com googlemail.com
        Yahoo | loop | yahoo.* ymail.com rocketmail.com myyahoo.com yahoodns.net
        Yahoo | loop | aol.* aim.com netscape.net love.com games.com wow.com cs.com compuserve.com verizon.net
        Yahoo | loop | sky.com att.net sbcglobal.net bellsouth.net pacbell.net ameritech.net swbell.net flash.net prodigy.net
        Yahoo | loop | frontier.com frontiernet.net rogers.com
        Microsoft | loop | outlook.* hotmail.* live.* msn.com windowslive.com passport.com
        Apple | none | icloud.com me.com mac.com privaterelay.appleid.com
        Comcast | loop | comcast.net xfinity.com
        Cox | loop | cox.net
        Charter | loop | charter.net spectrum.net rr.com roadrunner.com twc.com brighthouse.com
        Earthlink | loop | earthlink.net mindspring.com
        GMX | none | gmx.* gmx.li caramail.com mail.com
        WEB.DE | none | web.de
        T-Online | none | t-online.de magenta.de
        Freenet | none | freenet.de
        Orange | loop | orange.fr wanadoo.fr voila.fr
        SFR | loop | sfr.fr neuf.fr club-internet.fr cegetel.net numericable.fr
        Free | none | free.fr aliceadsl.fr
        La Poste | none | laposte.net
        Libero | loop | libero.it iol.it inwind.it blu.it giallo.it
        Virgilio | none | virgilio.it tin.it alice.it tim.it
        Seznam | loop | seznam.cz email.cz post.cz
        Onet | none | onet.pl op.pl onet.eu poczta.onet.pl vp.pl
        WP | none | wp.pl o2.pl
        Interia | none | interia.pl interia.eu poczta.fm
        Telenet | none | telenet.be
        Ziggo | none | ziggo.nl home.nl chello.nl upcmail.nl
        KPN | none | kpnmail.nl planet.nl hetnet.nl xs4all.nl
        BT | none | btinternet.com btopenworld.com talktalk.net tiscali.co.uk
        Virgin Media | none | virginmedia.com ntlworld.com blueyonder.co.uk virgin.net
        Mail.ru | loop | mail.ru inbox.ru list.ru bk.ru internet.ru
        Yandex | loop | yandex.* ya.ru
        Rambler | none | rambler.ru lenta.ru ro.ru
        UKR.NET | none | ukr.net
        QQ | none | qq.com vip.qq.com foxmail.com
        NetEase | none | 163.com 126.com yeah.net vip.163.com 188.com
        Sina | none | sina.com sina.cn vip.sina.com
        Sohu | none | sohu.com
        Aliyun | none | aliyun.com
        139 | none | 139.com
        Naver | none | naver.com
        Daum | none | daum.net hanmail.net kakao.com
        Docomo | none | docomo.ne.jp
        AU | none | ezweb.ne.jp au.com
        SoftBank | none | softbank.ne.jp i.softbank.jp
        Rediffmail | none | rediffmail.com
        UOL | loop | uol.com.br bol.com.br
        Terra | loop | terra.com.br
        Telstra | none | bigpond.com bigpond.net.au telstra.com
        Optus | none | optusnet.com.au
        Bell | none | bell.net sympatico.ca
        Shaw | none | shaw.ca
        Telus | none | telus.net
        Proton | none | proton.me protonmail.com protonmail.ch pm.me
        Zoho | none | zoho.com zohomail.com
        Fastmail | loop | fastmail.com fastmail.fm
        """;
}
