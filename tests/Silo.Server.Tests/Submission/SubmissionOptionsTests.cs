using System.Net;
using Silo.Server.Submission;
using Xunit;

namespace Silo.Server.Tests.Submission;

public sealed class SubmissionOptionsTests
{
    private const string Http = "http://127.0.0.1:8080";

    [Theory]
    [InlineData(null, Http, "127.0.0.1:2525")]
    [InlineData(null, "http://0.0.0.0:0", "127.0.0.1:0")]
    [InlineData("", Http, "")]
    [InlineData("[::1]:587", Http, "[::1]:587")]
    public void It_listens_on_this_machine_unless_told_otherwise(string? endpoint, string http, string listens) =>
        Assert.Equal(listens, string.Join(' ', new SubmissionOptions { Endpoint = endpoint }.EndPoints(http).Select(e => e.EndPoint)));

    [Fact]
    public void TLS_is_required_where_others_can_reach_it()
    {
        var options = new SubmissionOptions();
        Assert.False(options.IsTlsRequired(IPEndPoint.Parse("127.0.0.1:25")));
        Assert.True(options.IsTlsRequired(IPEndPoint.Parse("0.0.0.0:25")));
        Assert.False(new SubmissionOptions { RequireTls = false }.IsTlsRequired(IPEndPoint.Parse("0.0.0.0:25")));
        Assert.True(new SubmissionOptions { RequireTls = true }.IsTlsRequired(IPEndPoint.Parse("127.0.0.1:25")));
    }

    [Fact]
    public void A_public_endpoint_has_a_certificate_or_says_that_it_has_none()
    {
        var bare = new SubmissionOptions { Endpoint = "0.0.0.0:587" };
        Assert.Contains("certificate", Assert.Single(bare.Errors(Http)));
        Assert.Empty(new SubmissionOptions { Endpoint = "0.0.0.0:587", AllowSelfSigned = true }.Errors(Http));
        Assert.Empty(new SubmissionOptions { Endpoint = "0.0.0.0:587", CertificatePath = "c", KeyPath = "k" }.Errors(Http));
        Assert.Empty(new SubmissionOptions { Endpoint = "0.0.0.0:587", RequireTls = false }.Errors(Http));
        Assert.Single(new SubmissionOptions { ImplicitTlsEndpoint = "0.0.0.0:465", RequireTls = false }.Errors(Http));
    }

    [Fact]
    public void All_that_is_wrong_is_told_at_once()
    {
        var options = new SubmissionOptions
        {
            Endpoint = "localhost:25", ImplicitTlsEndpoint = "x", TrustedNetworks = ["10.0.0.0/99"], KeyPath = "k", BufferBudgetBytes = 42 << 20,
        };
        Assert.Equal(5, options.Errors(Http).Count());
    }
}
