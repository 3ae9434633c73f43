using System.Text;

namespace Silo.Core.Tests.ProviderData;

/// <summary>Files in the form of those who make them, with made-up values.</summary>
internal static class ProviderSamples
{
    public static byte[] Google { get; } = Encoding.UTF8.GetBytes(
        """
        {
          "domainStats": [
            {"name": "domains/acme.example/domainStats/1", "metric": "SPAM_RATE", "date": {"year": 2026, "month": 2, "day": 27}, "value": {"floatValue": 0}},
            {"name": "domains/acme.example/domainStats/2", "metric": "SPAM_RATE", "date": {"year": 2026, "month": 2, "day": 28}, "value": {"floatValue": 0.0035}},
            {"metric": "FEEDBACK_LOOP_ID", "date": {"year": 2026, "month": 2, "day": 28}, "value": {"stringList": {"values": ["acme", "news", "t:news:other:silo"]}}},
            {"metric": "FEEDBACK_LOOP_SPAM_RATE:acme", "date": {"year": 2026, "month": 2, "day": 28}, "value": {"doubleValue": 0.002}},
            {"metric": "loop_1", "date": {"year": 2026, "month": 2, "day": 28}, "value": {"floatValue": 0.01}},
            {"metric": "SPAM_RATE", "date": {"year": 2026, "month": 3, "day": 1}, "value": {}},
            {"metric": "TLS_ENCRYPTION_RATE", "date": {"year": 2026, "month": 3, "day": 1}, "value": {"floatValue": 1}}
          ],
          "nextPageToken": "20260301/SPAM_RATE"
        }
        """);

    public static byte[] Snds { get; } = Encoding.UTF8.GetBytes(
        "192.0.2.1,2/28/2026 12:00 AM,2/28/2026 11:00 PM,1204,1190,1188,GREEN,< 0.1%,,,0,mx.acme.example,news@acme.example,\r\n"
        + "192.0.2.2,2/28/2026 10:00 AM,2/28/2026 7:00 PM,\"1,500\",1400,1400,RED,0.7%,2/28/2026 11:30 AM,2/28/2026 3:10 PM,4,mx.acme.example,a@acme.example,\"said \"\"no\"\", twice\"\r\n"
        + "\r\n192.0.2.3,3/1/2026 1:00 AM,3/1/2026 2:00 AM,10,10,10,,,,,0,,,\r\n");
}
