using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Web;
using Silo.Server.ProviderData;
using Xunit;

namespace Silo.Server.Tests.ProviderData;

public sealed class ProviderFetchTests : IAsyncLifetime
{
    private ProviderScene _scene = null!;

    public async Task InitializeAsync()
    {
        _scene = await ProviderScene.Start();
        _scene.PointTokensHere();
        await _scene.Scene.Domain("acme.example", true, "acme");
        await _scene.Scene.Ip("192.0.2.1", "own");
    }

    public Task DisposeAsync() => _scene.DisposeAsync().AsTask();

    [Fact]
    public async Task A_service_accounts_key_signs_for_a_token_and_pages_and_loops_are_followed()
    {
        _scene.Answer = Google;
        var service = _scene.Service(Options(google: true));
        await service.Tick(default);
        Assert.Null((await service.Last(default))!.GoogleProblem);
        var days = (await _scene.Imports().Google("acme.example", default))!.Days;
        Assert.Equal([0.0002, 0.0004], days.Select(d => d.SpamRate));
        Assert.Equal([("acme", 0.002), ("news", null), ("no tenant", null)], days[1].Loops.Select(l => (l.Id, l.SpamRate)));

        var (path, _, body) = _scene.Asked.First();
        Assert.Equal("/token", path);
        var assertion = HttpUtility.ParseQueryString(body)["assertion"]!.Split('.');
        Assert.True(_scene.Key.VerifyData(
            Encoding.ASCII.GetBytes($"{assertion[0]}.{assertion[1]}"), Base64Url.DecodeFromChars(assertion[2]), HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1));
        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(assertion[1]))!;
        Assert.Equal(
            ("silo@project.iam.example", _scene.Url + "/token", 3600L),
            ((string)claims["iss"]!, (string)claims["aud"]!, (long)claims["exp"]! - (long)claims["iat"]!));
        var asked = _scene.Asked.Skip(1).ToArray();
        Assert.All(asked, a => Assert.Equal(("/v2/domains/acme.example/domainStats:query", "Bearer t-1"), (a.Path, a.Authorization)));
        // Two pages, and one question about the loops that may be tenants'.
        Assert.Equal(3, asked.Length);
        Assert.Contains("feedback_loop_id = \\u0022acme\\u0022", asked[2].Body, StringComparison.Ordinal);
        Assert.DoesNotContain("no tenant", asked[2].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_fetched_once_a_day_by_one_silo_and_an_hour_after_a_failure_again()
    {
        _scene.Answer = (_, _) => (503, "");
        var (first, second) = (_scene.Service(Options(snds: true)), _scene.Service(Options(snds: true)));
        await first.Tick(default);
        await second.Tick(default);
        Assert.Single(_scene.Asked);
        Assert.Equal("status 503", (await second.Last(default))!.SndsProblem);
        _scene.Answer = (_, _) => (200, "192.0.2.1,3/1/2026 1:00 AM,3/1/2026 2:00 AM,9,9,9,YELLOW,< 0.1%,,,1,,,\r\n");
        _scene.Scene.Engine.Time.Advance(TimeSpan.FromMinutes(61));
        await second.Tick(default);
        await first.Tick(default);
        Assert.Equal(2, _scene.Asked.Count);
        Assert.Equal(1, Assert.Single((await _scene.Imports().Snds("192.0.2.1", default))!.Days).TrapHits);
        for (var hour = 0; hour < 24; hour++)
        {
            await first.Tick(default);
            await second.Tick(default);
            Assert.Equal(2, _scene.Asked.Count);
            _scene.Scene.Engine.Time.Advance(TimeSpan.FromHours(1));
        }

        await second.Tick(default);
        Assert.Equal(3, _scene.Asked.Count);
        // A clock that was set back keeps nobody from fetching.
        _scene.Scene.Engine.Time.StepWall(TimeSpan.FromDays(-10));
        await first.Tick(default);
        Assert.Equal(4, _scene.Asked.Count);
    }

    [Fact]
    public async Task Keys_stand_in_no_problem_and_follow_no_redirect()
    {
        _scene.Answer = (_, _) => (302, "");
        var service = _scene.Service(Options(snds: true));
        await service.Tick(default);
        Assert.Equal("/snds?key=" + ProviderScene.SndsKey, Assert.Single(_scene.Asked).Path);
        Assert.Equal("status 302", (await service.Last(default))!.SndsProblem);

        var options = Options(snds: true);
        options.Snds.Url = "http://127.0.0.1:1/snds?key=" + ProviderScene.SndsKey;
        _scene.Scene.Engine.Time.Advance(TimeSpan.FromHours(2));
        service = _scene.Service(options);
        await service.Tick(default);
        var problem = (await service.Last(default))!.SndsProblem!;
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing", "cannot be read")]
    [InlineData("{}", "no key of a service account")]
    [InlineData("not json", "no key of a service account")]
    [InlineData("""{"client_email":"a@b","private_key":"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"}""", "no key of a service account")]
    [InlineData("""{"client_email":"a@b","private_key":"x","token_uri":"http://192.0.2.1/token"}""", "no key of a service account")]
    public async Task A_file_of_credentials_that_is_none_is_said_and_nothing_is_asked(string content, string problem)
    {
        if (content == "missing") File.Delete(_scene.KeyFile);
        else await File.WriteAllTextAsync(_scene.KeyFile, content);
        var service = _scene.Service(Options(google: true));
        await service.Tick(default);
        Assert.Contains(problem, (await service.Last(default))!.GoogleProblem, StringComparison.Ordinal);
        Assert.Empty(_scene.Asked);
    }

    [Fact]
    public async Task A_token_of_a_file_is_used_as_it_is_and_what_Google_refuses_is_said_by_domain()
    {
        var options = Options(google: true);
        (options.Google.ServiceAccountFile, options.Google.TokenFile) = (null, _scene.KeyFile);
        await File.WriteAllTextAsync(_scene.KeyFile, "ya29.token\n");
        _scene.Answer = (_, _) => (403, "{}");
        var service = _scene.Service(options);
        await service.Tick(default);
        Assert.Equal("Bearer ya29.token", Assert.Single(_scene.Asked).Authorization);
        Assert.Equal("acme.example: status 403", (await service.Last(default))!.GoogleProblem);
    }

    private ProviderDataOptions Options(bool google = false, bool snds = false)
    {
        var options = new ProviderDataOptions();
        options.Google.Endpoint = _scene.Url;
        options.Google.ServiceAccountFile = _scene.KeyFile;
        if (google) options.Google.Domains.Add("Acme.example");
        if (snds) options.Snds.Url = $"{_scene.Url}/snds?key={ProviderScene.SndsKey}";
        return options;
    }

    private static (int Status, string Body) Google(string path, string body)
    {
        if (path == "/token") return (200, """{"access_token":"t-1","expires_in":3599}""");
        const string Day = "\"date\":{\"year\":2026,\"month\":3,\"day\":1}";
        if (body.Contains("feedback_loop_id", StringComparison.Ordinal)) return (200, Stats("loop_0", "{\"floatValue\":0.002}"));
        if (body.Contains("pageToken", StringComparison.Ordinal))
            return (200, Stats("SPAM_RATE", "{\"floatValue\":0.0004}", "FEEDBACK_LOOP_ID", "{\"stringList\":{\"values\":[\"acme\",\"news\",\"no tenant\"]}}"));
        return (200, """{"domainStats":[{"metric":"SPAM_RATE","date":{"year":2026,"month":2,"day":28},"value":{"floatValue":0.0002}}],"nextPageToken":"p2"}""");

        static string Stats(params string[] metrics) =>
            "{\"domainStats\":[" + string.Join(',', metrics.Chunk(2).Select(m => "{\"metric\":\"" + m[0] + "\"," + Day + ",\"value\":" + m[1] + "}")) + "]}";
    }
}
