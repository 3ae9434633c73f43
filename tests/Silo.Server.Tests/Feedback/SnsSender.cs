using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Silo.Core.Feedback;

namespace Silo.Server.Tests.Feedback;

/// <summary>SNS with a certificate that a test made: signs messages, and answers where the server fetches.</summary>
internal sealed class SnsSender : IDisposable
{
    public const string CertificateUrl = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-f3.pem";

    private readonly RSA _key = RSA.Create(2048);
    private readonly X509Certificate2 _certificate;

    public SnsSender()
    {
        var request = new CertificateRequest("CN=sns.amazonaws.com", _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    }

    public List<Uri> Fetched { get; } = [];

    public bool IsAway { get; set; }

    public Task<byte[]?> Fetch(Uri address, CancellationToken cancellationToken)
    {
        lock (Fetched) Fetched.Add(address);
        return Task.FromResult(IsAway ? null : Encoding.ASCII.GetBytes(_certificate.ExportCertificatePem()));
    }

    /// <summary>A message as SNS posts it; <paramref name="change"/> is what happens to it behind the signature.</summary>
    public string Message(
        string type, string message, string topic = FeedbackServer.Topic, string version = "2", DateTimeOffset? at = null,
        string certificateUrl = CertificateUrl, string? subscribeUrl = null, Action<JsonObject>? change = null)
    {
        var json = new JsonObject
        {
            ["Type"] = type, ["MessageId"] = "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", ["TopicArn"] = topic, ["Message"] = message,
            ["Timestamp"] = (at ?? DateTimeOffset.UtcNow).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"), ["SignatureVersion"] = version,
            ["Signature"] = "", ["SigningCertURL"] = certificateUrl,
        };
        if (subscribeUrl is not null) (json["SubscribeURL"], json["Token"]) = (subscribeUrl, "2336412f37fb687f5d51e6e2425e929f52");
        SnsMessage.TryRead(Encoding.UTF8.GetBytes(json.ToJsonString()), out var read);
        var hash = version == "1" ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256;
        json["Signature"] = Convert.ToBase64String(_key.SignData(read!.SignedBytes(), hash, RSASignaturePadding.Pkcs1));
        change?.Invoke(json);
        return json.ToJsonString();
    }

    public static string Record(string kind, string? reference, string recipient, string about)
    {
        var tags = new JsonObject { ["ses:configuration-set"] = new JsonArray("acme") };
        if (reference is not null) tags["silo-ref"] = new JsonArray(reference);
        var mail = new JsonObject
        {
            ["timestamp"] = "2026-03-02T10:00:00.120Z", ["messageId"] = "0100018f-1", ["destination"] = new JsonArray(recipient), ["tags"] = tags,
        };
        return $"{{\"eventType\":\"{kind}\",\"mail\":{mail.ToJsonString()},{about}}}";
    }

    public static string Bounce(string? reference, string recipient) => Record("Bounce", reference, recipient, $$"""
        "bounce":{"bounceType":"Permanent","bounceSubType":"NoEmail","bouncedRecipients":[{"emailAddress":"{{recipient}}","action":"failed",
        "status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 no such user"}],"timestamp":"2026-03-02T10:00:02.310Z","feedbackId":"f-1"}
        """);

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
    }
}
