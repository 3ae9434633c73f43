using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Silo.Server.SesApi.Signing;
using Silo.Server.Tests.SesApi;
using Silo.Server.Tests.SesApi.Signing;
using Silo.Testing.Fuzzing;
using Xunit;

namespace Silo.Server.Tests.Fuzzing;

public sealed class SignatureFuzzTests
{
    private static readonly string[] Samples =
    [
        "GET\n/v2/email/identities/a%40b.example?NextToken=x%2F%2B&PageSize=10\n"
            + "authorization: AWS4-HMAC-SHA256 Credential=AKIATESTS00000000001/20260302/us-east-1/ses/aws4_request, "
            + "SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"
            + "host: 127.0.0.1:8080\nx-amz-date: 20260302T100000Z\n"
            + "x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "POST\n/v2/email/outbound-emails\nauthorization: AWS4-HMAC-SHA256 Credential=A/B/C/D/E,SignedHeaders=a;b,Signature=c\nx-amz-date: 2026\n"
            + "host:  a   b \nx-amz-security-token: x",
        "PUT\nhttp://host/v2//email/./../%2e%2E/%zz?&&=&a=%&b\nauthorization: \nhost: \u00e4\nhost: x",
    ];

    private static readonly byte[][] Corpus = [.. Samples.Select(Encoding.Latin1.GetBytes)];

    [Fact]
    public void Whatever_stands_in_the_headers_is_refused_and_nothing_fails_or_grows()
    {
        var now = new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
        var verifier = BotocoreCorpus.VerifierAt(now);
        var hash = SHA256.HashData([]);
        foreach (var seed in Fuzz.Seeds)
        {
            var lines = Encoding.Latin1.GetString(Mutator.Make(Corpus, seed)).Split('\n');
            var headers = new HeaderDictionary();
            foreach (var line in lines.Skip(2))
            {
                var colon = line.IndexOf(':');
                if (colon < 0 || string.IsNullOrWhiteSpace(line[..colon])) continue;
                headers.Append(line[..colon].Trim(), line[(colon + 1)..].Trim());
            }

            var before = GC.GetAllocatedBytesForCurrentThread();
            var accepted = Fuzz.Try(seed, () =>
            {
                var target = RequestTarget.Of(lines.Length > 1 ? lines[1] : "");
                foreach (var part in target.Path.Split('/').Concat(target.Query.Split('&'))) RequestTarget.Decode(part, plusIsBlank: seed % 2 == 0);
                var named = verifier.FindKey(headers, default);
                Assert.True(named.IsCompletedSuccessfully);
                var check = verifier.Check(lines[0], target, headers, named.Result, seed % 3 == 0 ? [] : hash);
                if (check.Error is { } error) Assert.InRange(error.Status, 400, 403);
                return check.Key is not null;
            });
            Assert.False(accepted, $"seed {seed} was taken for a signature");
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < Fuzz.MostBytesPerInput, $"seed {seed}: too much memory");
        }
    }
}
