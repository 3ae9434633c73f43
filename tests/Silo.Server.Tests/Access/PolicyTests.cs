using System.Text.Json;
using Silo.Server.Access;
using Silo.Server.Accounts;
using Silo.Server.SesApi;
using Xunit;

namespace Silo.Server.Tests.Access;

public sealed class PolicyTests
{
    private const string Prefix = "arn:aws:ses:us-east-1:000000000000:";
    private static readonly Arns Arns = new("us-east-1", "000000000000");

    /// <summary>In the shape of the example that AWS gives for tenants.</summary>
    private const string Example = """
        {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ses:SendEmail","ses:SendRawEmail"],
          "Resource":["arn:aws:ses:us-east-1:000000000000:identity/acme.example","arn:aws:ses:us-east-1:000000000000:configuration-set/acme-*"],
          "Condition":{"StringEquals":{"ses:TenantName":"acme"},"ArnLike":{"ses:TenantArn":"arn:aws:ses:us-east-1:000000000000:tenant/acme/*"}}}]}
        """;

    [Theory]
    [InlineData("ses:SendEmail", "identity/acme.example", true)]
    [InlineData("ses:sendemail", "configuration-set/acme-mail", true)]
    [InlineData("ses:SendTemplatedEmail", "identity/acme.example", false)]
    [InlineData("ses:SendEmail", "identity/other.example", false)]
    [InlineData("ses:SendEmail", "configuration-set/acme", false)]
    [InlineData("ses:SendEmail", "template/acme-1", false)]
    public void The_example_of_AWS_allows_what_it_names_and_nothing_else(string action, string resource, bool isAllowed)
    {
        Assert.Equal(isAllowed, Decide(Example, action, "acme", resource).IsAllowed);
        // Each resource of a send must be allowed.
        Assert.False(Decide(Example, action, "acme", resource, "identity/other.example").IsAllowed);
        Assert.False(Decide(Example, action, "globex", resource).IsAllowed);
    }

    [Fact]
    public void A_statement_that_denies_goes_before_all_that_allow_and_an_empty_policy_allows_nothing()
    {
        const string allow = """{"Effect":"Allow","Action":"*","Resource":"*"}""";
        const string deny = """{"Effect":"Deny","Action":"ses:Send*","Resource":"arn:aws:ses:*:*:identity/evil.example"}""";
        foreach (var policy in new[] { $$"""{"Statement":[{{allow}},{{deny}}]}""", $$"""{"Statement":[{{deny}},{{allow}}]}""" })
        {
            Assert.True(Decide(policy, "ses:SendEmail", "acme", "identity/good.example").IsAllowed);
            var denied = Decide(policy, "ses:SendEmail", "acme", "identity/good.example", "identity/evil.example");
            Assert.Equal(
                "User: arn:aws:iam::000000000000:user/AKIAACME000000000001 is not authorized to perform: ses:SendEmail on resource: "
                + Prefix + "identity/evil.example with an explicit deny in an identity-based policy",
                denied.Denial);
            // What it is about cannot be named: a denial counts, an allowance of everything does too.
            Assert.True(Decide(policy, "ses:GetTenant", "acme").IsAllowed);
            Assert.False(Decide(policy, "ses:SendBulkEmail", "acme").IsAllowed);
        }

        var none = new Authorization(Arns).Decide(new Caller(Key() with { Statements = [] }, null), Request("ses:SendEmail", "acme", "identity/a.example"));
        Assert.EndsWith("because no identity-based policy allows the ses:SendEmail action", none.Denial);
    }

    [Theory]
    [InlineData("StringEquals", "ses:FromAddress", """["a@acme.example"]""", true)]
    [InlineData("StringEquals", "ses:FromAddress", "\"A@acme.example\"", false)]
    [InlineData("StringEqualsIgnoreCase", "ses:FromAddress", "\"A@acme.example\"", true)]
    [InlineData("StringNotEquals", "ses:FromAddress", "\"a@acme.example\"", false)]
    [InlineData("StringNotEqualsIgnoreCase", "ses:FromAddress", "\"b@acme.example\"", true)]
    [InlineData("StringLike", "SES:fromaddress", "\"*@acme.example\"", true)]
    [InlineData("StringLike", "ses:FromAddress", "\"?@acme.example\"", true)]
    [InlineData("StringNotLike", "ses:FromAddress", "\"*@acme.example\"", false)]
    [InlineData("StringLike", "ses:FromDisplayName", "\"*\"", false)]
    [InlineData("StringLikeIfExists", "ses:FromDisplayName", "\"Acme\"", true)]
    [InlineData("StringNotLike", "ses:FromDisplayName", "\"Acme\"", true)]
    [InlineData("StringEquals", "ses:FeedbackAddress", "\"bounce@acme.example\"", true)]
    [InlineData("ForAllValues:StringLike", "ses:Recipients", "\"*@example.net\"", false)]
    [InlineData("ForAllValues:StringLike", "ses:Recipients", """["*@example.net","*@example.org"]""", true)]
    [InlineData("ForAnyValue:StringLike", "ses:Recipients", "\"*@example.net\"", true)]
    [InlineData("ForAnyValue:StringLike", "ses:Recipients", "\"*@example.com\"", false)]
    [InlineData("ArnEquals", "ses:TenantArn", "\"arn:aws:ses:us-east-1:000000000000:tenant/acme/tn-1\"", true)]
    [InlineData("ArnNotLike", "ses:TenantArn", "\"arn:aws:ses:*:*:tenant/acme/*\"", false)]
    public void Conditions_hold_as_those_of_IAM_do(string test, string key, string values, bool holds)
    {
        var policy = """{"Statement":{"Effect":"Allow","Action":"ses:*","Resource":"*","Condition":{"TEST":{"KEY":VALUES}}}}"""
            .Replace("TEST", test).Replace("KEY", key).Replace("VALUES", values);
        Assert.Equal(holds, Decide(policy, "ses:SendEmail", "acme", "identity/acme.example").IsAllowed);
    }

    [Theory]
    [InlineData("ForAllValues:StringLike", true)]
    [InlineData("ForAnyValue:StringLike", false)]
    public void Of_no_values_all_pass_and_none_does(string test, bool holds)
    {
        var policy = """{"Statement":{"Effect":"Allow","Action":"ses:*","Resource":"*","Condition":{"TEST":{"ses:Recipients":"*@a.example"}}}}"""
            .Replace("TEST", test);
        var request = Request("ses:GetTenant", "acme") with { Recipients = [] };
        var key = Key() with { Statements = Statements(policy) };
        Assert.Equal(holds, new Authorization(Arns).Decide(new Caller(key, null), request).IsAllowed);
    }

    [Fact]
    public void A_condition_on_the_sender_holds_for_all_authors_that_recipients_would_see()
    {
        const string policy = """
            {"Statement":{"Effect":"Allow","Action":"ses:*","Resource":"*","Condition":{"StringLike":{"ses:FromAddress":"*@acme.example"}}}}
            """;
        var request = Request("ses:SendRawEmail", "acme", "identity/acme.example");
        var key = Key() with { Statements = Statements(policy) };
        Assert.True(new Authorization(Arns).Decide(new Caller(key, null), request).IsAllowed);
        var other = request with { FromAddresses = ["a@acme.example", "ceo@bank.example"] };
        Assert.False(new Authorization(Arns).Decide(new Caller(key, null), other).IsAllowed);
    }

    [Theory]
    [InlineData("""{"Statement":[]}""", "Policy.Statement must have 1 to 20 items")]
    [InlineData("""{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""", "Policy.Version must be 2012-10-17")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}}""", "Statement[0].Principal is not supported")]
    [InlineData("""{"Statement":{"Effect":"Allow","NotAction":"ses:SendEmail","Resource":"*"}}""", "NotAction is not supported")]
    [InlineData("""{"Statement":{"Effect":"Permit","Action":"*","Resource":"*"}}""", "Effect must be one of Allow, Deny")]
    [InlineData("""{"Statement":{"Effect":"Allow","Resource":"*"}}""", "Action is required")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*"}}""", "Resource is required")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"ses:SendMail","Resource":"*"}}""", "'ses:SendMail' is no action that is known here")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}""", "'s3:*' is no action that is known here")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"identity/x"}}""", "must be '*' or the ARN of resources of SES")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:ses:us-east-1:111122223333:identity/x"}}""", "is not of Region us-east-1 and account 000000000000")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:ses:us-east-1:000000000000:identity/${aws:username}"}}""", "variables are not supported")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}}""", "Condition.IpAddress is not supported")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:SourceIp":"192.0.2.*"}}}}""", "StringLike.aws:SourceIp is not supported")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"ses:Recipients":"*"}}}}""", "write ForAllValues: or ForAnyValue:")]
    [InlineData("""{"Statement":{"Effect":"Allow","Action":[],"Resource":"*"}}""", "Action must be a text or 1 to 50 of them")]
    [InlineData("""{"Statement":{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}}""", "Effect is given twice")]
    [InlineData("""[1]""", "Policy must be an object")]
    public void What_is_not_supported_is_refused_by_its_name(string policy, string problem)
    {
        var checks = new MemberChecks();
        new PolicyReader(Arns, CredentialKind.Tenant, checks).Read(JsonDocument.Parse(policy).RootElement);
        Assert.Contains(problem, checks.Error?.Message);
    }

    [Fact]
    public void A_policy_can_name_every_action_that_a_send_asks_for()
    {
        foreach (var action in new[]
        {
            "ses:SendEmail", "ses:SendRawEmail", "ses:SendTemplatedEmail", "ses:SendBulkTemplatedEmail", "ses:ApplyTrackingConfigurationOverrides",
        })
        {
            var checks = new MemberChecks();
            var policy = $$$"""{"Statement":{"Effect":"Allow","Action":"{{{action}}}","Resource":"*"}}""";
            new PolicyReader(Arns, CredentialKind.Tenant, checks).Read(JsonDocument.Parse(policy).RootElement);
            Assert.True(checks.Error is null, checks.Error?.Message);
        }
    }

    [Fact]
    public void A_policy_has_a_size_limit_and_operators_keys_know_no_tenant_ARN()
    {
        var checks = new MemberChecks();
        var text = """{"Id":"TEXT","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"""
            .Replace("TEXT", new string('x', PolicyReader.MaxLength));
        new PolicyReader(Arns, CredentialKind.Tenant, checks).Read(JsonDocument.Parse(text).RootElement);
        Assert.Contains("at most 6144 characters", checks.Error!.Message);

        checks = new MemberChecks();
        new PolicyReader(Arns, CredentialKind.Operator, checks).Read(JsonDocument.Parse(Example).RootElement);
        Assert.Contains("in the policies of tenants' keys alone", checks.Error!.Message);
    }

    [Fact]
    public void A_policy_never_widens_what_the_kind_of_its_key_allows()
    {
        var key = Key() with { Statements = Statements("""{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""") };
        var authorization = new Authorization(Arns);
        Assert.False(authorization.Decide(new Caller(key, null), new AccessRequest("ses:ListTenants", [], null)).IsAllowed);
        Assert.False(authorization.Decide(new Caller(key, null), Request("ses:GetTenant", "globex", "tenant/globex")).IsAllowed);
        var bounded = key with { Kind = CredentialKind.Operator, TenantName = null };
        Assert.True(authorization.Decide(new Caller(bounded, null), new AccessRequest("ses:ListTenants", [], null)).IsAllowed);
        // Else it could make itself a key without bounds.
        var creation = new AccessRequest("silo:CreateCredential", [], null) { GivesRights = true };
        Assert.False(authorization.Decide(new Caller(bounded, null), creation).IsAllowed);
        Assert.True(authorization.Decide(new Caller(bounded with { Statements = null }, null), creation).IsAllowed);
    }

    [Fact]
    public void Wildcards_match_what_a_plain_search_of_all_splits_matches()
    {
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var pattern = Text(random, "ab*?", 8);
            var text = Text(random, "ab", 10);
            Assert.True(Slow(pattern, text) == Wildcard.Matches(pattern, text), $"seed {seed}: '{pattern}' and '{text}'");
        }

        static bool Slow(string pattern, string text) => pattern.Length == 0
            ? text.Length == 0
            : pattern[0] == '*'
                ? Enumerable.Range(0, text.Length + 1).Any(i => Slow(pattern[1..], text[i..]))
                : text.Length > 0 && (pattern[0] == '?' || pattern[0] == text[0]) && Slow(pattern[1..], text[1..]);

        static string Text(Random random, string alphabet, int max) =>
            new([.. Enumerable.Range(0, random.Next(max)).Select(_ => alphabet[random.Next(alphabet.Length)])]);
    }

    [Fact]
    public void A_star_of_one_part_of_an_ARN_does_not_reach_into_the_next()
    {
        Assert.True(Wildcard.MatchesArn("arn:aws:ses:*:*:identity/a.example", Prefix + "identity/a.example"));
        Assert.True(Wildcard.MatchesArn("arn:aws:ses:us-east-1:000000000000:*", Prefix + "identity/a.example"));
        Assert.False(Wildcard.MatchesArn("arn:*:identity/a.example", Prefix + "identity/a.example"));
        Assert.False(Wildcard.MatchesArn("arn:aws:s*:identity/x", Prefix + "identity/x"));
    }

    private static AccessDecision Decide(string policy, string action, string tenant, params string[] resources) =>
        new Authorization(Arns).Decide(new Caller(Key() with { Statements = Statements(policy) }, null), Request(action, tenant, resources));

    private static AccessRequest Request(string action, string tenant, params string[] resources) =>
        new(action, [.. resources.Select(r => Prefix + r)], tenant)
        {
            IsForTenants = true, FromAddresses = ["a@acme.example"], FeedbackAddress = "bounce@acme.example",
            Recipients = ["r@example.net", "s@example.org"],
        };

    private static AccessKey Key() => new("AKIAACME000000000001", "s")
    {
        Kind = CredentialKind.Tenant, TenantName = "acme", TenantArn = Prefix + "tenant/acme/tn-1",
    };

    private static IReadOnlyList<PolicyStatement> Statements(string policy)
    {
        var checks = new MemberChecks();
        var statements = new PolicyReader(Arns, CredentialKind.Tenant, checks).Read(JsonDocument.Parse(policy).RootElement);
        Assert.Null(checks.Error);
        return statements;
    }
}
