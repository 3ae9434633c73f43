using Silo.Server.Accounts;
using Silo.Storage;
using Xunit;

namespace Silo.Server.Tests.Accounts;

public sealed class ArnsTests
{
    private readonly Arns _arns = new("eu-west-1", "123456789012");

    [Fact]
    public void What_is_built_is_parsed_back()
    {
        (string Text, string Type, string Name, ResourceKind? Kind, string? TenantId)[] cases =
        [
            (_arns.Identity("a@b.example"), "identity", "a@b.example", ResourceKind.EmailIdentity, null),
            (_arns.ConfigurationSet("set"), "configuration-set", "set", ResourceKind.ConfigurationSet, null),
            (_arns.Template("welcome"), "template", "welcome", ResourceKind.EmailTemplate, null),
            (_arns.Tenant("acme", "tn-1"), "tenant", "acme/tn-1", null, "tn-1"),
        ];
        foreach (var (text, type, name, kind, tenantId) in cases)
        {
            Assert.True(ResourceArn.TryParse(text, out var arn));
            Assert.Equal((type, name, kind, tenantId), (arn.Type, arn.Name, arn.Kind, arn.TenantId));
            Assert.True(_arns.IsOwn(arn));
            Assert.False(new Arns("eu-west-2", "123456789012").IsOwn(arn));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("arn")]
    [InlineData("arn:aws:ses:r:a")]
    [InlineData("arn:aws::r:a:x")]
    [InlineData("urn:aws:ses:r:a:x/y")]
    public void Other_texts_are_no_ARNs(string? text) => Assert.False(ResourceArn.TryParse(text, out _));

    [Theory]
    [InlineData("tenant/tn-1")]
    [InlineData("tenant/a/")]
    [InlineData("tenant//tn-1")]
    [InlineData("tenant/a/b/tn-1")]
    [InlineData("identity/a/tn-1")]
    public void A_tenant_is_named_in_the_long_form_only(string resource)
    {
        Assert.True(ResourceArn.TryParse($"arn:aws:ses:eu-west-1:123456789012:{resource}", out var arn));
        Assert.Null(arn.TenantId);
    }

    [Fact]
    public void Policies_are_the_services_own_three()
    {
        Assert.Equal("strict", _arns.ReputationPolicyOf("arn:aws:ses:eu-west-1:aws:reputation-policy/strict"));
        Assert.Null(_arns.ReputationPolicyOf("arn:aws:ses:eu-west-1:aws:reputation-policy/other"));
        Assert.Null(_arns.ReputationPolicyOf("arn:aws:ses:us-east-1:aws:reputation-policy/strict"));
        Assert.Null(_arns.ReputationPolicyOf(null));
    }
}
