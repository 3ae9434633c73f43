using Xunit;

namespace Silo.Server.Tests.SesApi.Signing;

public sealed class SignatureVerifierTests(BotocoreCorpus corpus) : IClassFixture<BotocoreCorpus>
{
    private const string Mismatch = "The request signature we calculated does not match the signature you provided.";

    [BotocoreFact]
    public void What_botocore_signs_is_accepted_whatever_the_path_query_and_body()
    {
        for (var i = 0; i < corpus.Requests.Count; i++)
        {
            var request = corpus.Requests[i];
            var check = request.CheckAt(request.SignedAt);
            Assert.True(check is { Error: null, Key: not null }, $"seed {BotocoreCorpus.Seed}, request {i}, {request.Target}: {check.Error}");
        }
    }

    [BotocoreFact]
    public void A_declared_hash_lets_the_signature_be_judged_before_the_body_is_read()
    {
        foreach (var request in corpus.Requests)
        {
            var check = request.CheckBy(BotocoreCorpus.VerifierAt(request.SignedAt), []);
            Assert.Null(check.Error);
            Assert.Equal(!request.Headers.ContainsKey("x-amz-content-sha256"), check.NeedsBodyFirst);
        }
    }

    [BotocoreFact]
    public void Any_altered_part_of_a_request_breaks_its_signature()
    {
        foreach (var request in corpus.Requests)
        {
            var verifier = BotocoreCorpus.VerifierAt(request.SignedAt);
            SignedRequest[] altered =
            [
                request with { Method = request.Method == "PUT" ? "POST" : "PUT" },
                request with { Target = "/v2/email/x" + request.Target[9..] },
                request with { Target = request.Target + (request.Target.Contains('?') ? "&" : "?") + "a=b" },
                request with { Body = [.. request.Body, (byte)' '] },
                request.With("Content-Type", "application/json; x"),
                request.With("Host", "127.0.0.1:1"),
                request.With("X-Amz-Date", request.SignedAt.AddSeconds(1).UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'")),
                request.With("Authorization", request.Headers.Authorization.ToString()[..^1] + "0g"[request.Headers.Authorization.ToString()[^1] == '0' ? 1 : 0]),
            ];
            for (var i = 0; i < altered.Length; i++)
            {
                var error = altered[i].CheckBy(verifier).Error;
                Assert.True(
                    error is { Code: "InvalidSignatureException", Status: 403 } && error.Message.StartsWith(Mismatch, StringComparison.Ordinal),
                    $"alteration {i} of {request.Target}: {error}");
            }
        }
    }

    [BotocoreFact]
    public void Skew_is_five_minutes_either_way_and_its_ends_count_in()
    {
        var request = corpus.Requests[0];
        Assert.Null(request.CheckAt(request.SignedAt.AddMinutes(5)).Error);
        Assert.Null(request.CheckAt(request.SignedAt.AddMinutes(-5)).Error);
        Assert.StartsWith("Signature expired: ", request.CheckAt(request.SignedAt.AddSeconds(301)).Error!.Message);
        Assert.StartsWith("Signature not yet current: ", request.CheckAt(request.SignedAt.AddSeconds(-301)).Error!.Message);
    }

    [BotocoreFact]
    public void Unknown_keys_tokens_regions_and_services_have_their_own_refusals()
    {
        var request = corpus.Requests[0];
        var authorization = request.Headers.Authorization.ToString();
        (SignedRequest Request, string Code, int Status)[] cases =
        [
            (request.With("Authorization", ""), "MissingAuthenticationTokenException", 403),
            (request.With("Authorization", "Basic abc"), "IncompleteSignatureException", 400),
            (request.With("Authorization", authorization.Replace("Signature=", "Sig=")), "IncompleteSignatureException", 400),
            (request.With("Authorization", authorization.Replace("SignedHeaders=", "X=")), "IncompleteSignatureException", 400),
            (request.With("Authorization", authorization.Replace("AKID", "AKIX")), "UnrecognizedClientException", 403),
            (request.With("X-Amz-Security-Token", "abc"), "UnrecognizedClientException", 403),
            (request.With("Authorization", authorization.Replace("eu-central-1", "us-east-1")), "InvalidSignatureException", 403),
            (request.With("Authorization", authorization.Replace("/ses/", "/sns/")), "InvalidSignatureException", 403),
            (request.With("X-Amz-Date", "yesterday"), "IncompleteSignatureException", 400),
        ];
        foreach (var (altered, code, status) in cases)
        {
            var error = altered.CheckAt(request.SignedAt).Error!;
            Assert.Equal((code, status), (error.Code, error.Status));
        }
    }

    [BotocoreFact]
    public void Broken_authorization_headers_are_refused_and_never_throw()
    {
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var request = corpus.Requests[random.Next(corpus.Requests.Count)];
            var text = request.Headers.Authorization.ToString().ToCharArray().ToList();
            for (var edits = random.Next(1, 6); edits > 0; edits--)
            {
                var at = random.Next(text.Count);
                if (random.Next(3) == 0) text.RemoveAt(at);
                else if (random.Next(2) == 0) text.Insert(at, "=,;/ \tA0é\u4e2d"[random.Next(10)]);
                else text[at] = (char)random.Next(1, 0x250);
            }

            var altered = new string([.. text]);
            if (altered == request.Headers.Authorization.ToString()) continue;
            var check = request.With("Authorization", altered).CheckAt(request.SignedAt);

            // Blanks around a part mean nothing; everything else does.
            if (check.Error is null) Assert.Equal(request.Headers.Authorization.ToString().Replace(" ", ""), altered.Replace(" ", "").Replace("\t", ""));
        }
    }
}
