using System.Text;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Sending;
using Xunit;

namespace Silo.Server.Tests.SesApi;

public sealed class RequestJsonTests
{
    [Theory]
    [InlineData("""{"Content":{"Simple":{"Attachments":[{},{},{"RawContent":"%%%"}]}}}""", "BadRequestException", "Content.Simple.Attachments[2].RawContent")]
    [InlineData("""{"Content":{"Raw":{"Data":5}}}""", "SerializationException", "Content.Raw.Data")]
    [InlineData("""{"Content":{"Simple":{"Subject":{"Data":["x"]}}}}""", "SerializationException", "Content.Simple.Subject.Data")]
    [InlineData("""{"EmailTags":{}}""", "SerializationException", "EmailTags")]
    [InlineData("""{"TenantName":"a" """, "SerializationException", "not valid JSON")]
    [InlineData("""[]""", "SerializationException", "must be a JSON object")]
    [InlineData("""null""", "SerializationException", "must be a JSON object")]
    [InlineData("\"\\ud800\"", "SerializationException", "must be a JSON object")]
    [InlineData("""{"TenantName":"\ud800"}""", "SerializationException", "TenantName")]
    public void Bad_bodies_are_refused_with_the_path_of_the_member(string body, string code, string text)
    {
        Assert.False(RequestJson.TryRead(Encoding.UTF8.GetBytes(body), SesJson.Default.SendEmailRequest, out _, out var error));
        Assert.Equal((code, 400), (error.Code, error.Status));
        Assert.Contains(text, error.Message);
    }

    [Fact]
    public void Members_of_newer_SDKs_are_ignored_and_an_empty_body_is_an_empty_object()
    {
        Assert.True(RequestJson.TryRead("{\"Novelty\":{\"A\":[1]},\"TenantName\":\"acme\"}"u8.ToArray(), SesJson.Default.SendEmailRequest, out var request, out _));
        Assert.Equal("acme", request.TenantName);
        Assert.True(RequestJson.TryRead(default, SesJson.Default.ListTenantsRequest, out var empty, out _));
        Assert.Null(empty.Filter);
    }

    [Fact]
    public void Mutated_sends_are_refused_or_understood_but_never_throw()
    {
        var arns = new Silo.Server.Accounts.Arns("us-east-1", "123456789012");
        var original = Encoding.UTF8.GetBytes(Sample);
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var body = original.ToList();
            for (var edits = random.Next(1, 8); edits > 0; edits--)
            {
                var at = random.Next(body.Count);
                switch (random.Next(4))
                {
                    case 0: body.RemoveRange(at, Math.Min(random.Next(1, 20), body.Count - at)); break;
                    case 1: body.Insert(at, (byte)random.Next(256)); break;
                    case 2: body[at] = "{}[]\",:0nt\\"u8[random.Next(11)]; break;
                    default: body.InsertRange(at, "null"u8.ToArray()); break;
                }

                if (body.Count == 0) break;
            }

            try
            {
                if (!RequestJson.TryRead(body.ToArray(), SesJson.Default.SendEmailRequest, out var request, out var error))
                {
                    Assert.Equal(400, error.Status);
                    continue;
                }

                var checks = new MemberChecks();
                var send = SendEmailShape.Check(request, arns, checks);
                Assert.True(send is null == checks.Error is not null);
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed}: {e}");
            }
        }
    }

    private const string Sample = """
        {"Content":{"Simple":{"Subject":{"Data":"Hello ✓","Charset":"UTF-8"},"Body":{"Text":{"Data":"Hi Ann"},"Html":{"Data":"<p>Hi</p>"}},
        "Headers":[{"Name":"X-Campaign","Value":"42"}],"Attachments":[{"RawContent":"YSxiCjEsMgo=","FileName":"t.csv","ContentType":"text/csv"}]}},
        "FromEmailAddress":"Acme <news@mail.acme.example>","Destination":{"ToAddresses":["ann@example.net"],"CcAddresses":[],"BccAddresses":["b@c.example"]},
        "ReplyToAddresses":["help@acme.example"],"EmailTags":[{"Name":"campaign","Value":"spring"}],"ConfigurationSetName":"acme-cs","TenantName":"acme",
        "FeedbackForwardingEmailAddress":"a@b.example","ConfigurationOverrides":{"Tracking":{"OpenTrackingEnabled":"DISABLED"}}}
        """;
}
