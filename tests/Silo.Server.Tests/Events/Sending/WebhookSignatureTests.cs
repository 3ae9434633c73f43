using System.Security.Cryptography;
using System.Text;
using Silo.Server.Events.Sending;
using Xunit;

namespace Silo.Server.Tests.Events.Sending;

public sealed class WebhookSignatureTests
{
    [Fact]
    public void The_signature_is_that_of_the_reference_libraries()
    {
        var headers = WebhookSignature.Headers(
            ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "msg_p5jXN8AQM9LWM0D4loKWxJek", DateTimeOffset.FromUnixTimeSeconds(1_614_265_330),
            "{\"test\": 2432232314}"u8).ToDictionary();
        Assert.Equal("msg_p5jXN8AQM9LWM0D4loKWxJek", headers["webhook-id"]);
        Assert.Equal("1614265330", headers["webhook-timestamp"]);
        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", headers["webhook-signature"]);
    }

    [Fact]
    public void While_a_secret_is_changed_each_signs()
    {
        string[] secrets = ["whsec_" + Convert.ToBase64String(new byte[24]), "whsec_" + Convert.ToBase64String(Enumerable.Repeat((byte)7, 32).ToArray())];
        var headers = WebhookSignature.Headers(secrets, "ntc_1", DateTimeOffset.FromUnixTimeSeconds(5), "é"u8).ToDictionary();
        var expected = secrets.Select(s => "v1," + Independent(s, "ntc_1", "5", "é"));
        Assert.Equal(string.Join(' ', expected), headers["webhook-signature"]);
    }

    [Fact]
    public void Without_a_secret_there_is_no_signature() =>
        Assert.DoesNotContain(WebhookSignature.Headers([], "ntc_1", default, "{}"u8), h => h.Name == "webhook-signature");

    /// <summary>By the words of the specification, with nothing of the code under test.</summary>
    public static string Independent(string secret, string id, string timestamp, string body)
    {
        using var mac = new HMACSHA256(Convert.FromBase64String(secret["whsec_".Length..]));
        return Convert.ToBase64String(mac.ComputeHash(Encoding.UTF8.GetBytes(id + "." + timestamp + "." + body)));
    }
}
