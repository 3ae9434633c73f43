using Silo.Server.Access;
using Silo.Server.Submission;
using Xunit;

namespace Silo.Server.Tests.Submission;

public sealed class SmtpPasswordsTests
{
    private static readonly AccessKey Key = new("AKIATESTS00000000001", "some+secret+key");

    // The first is one that programs of others are tested with too; the second was made by a program of our own after SES's developer guide.
    [Theory]
    [InlineData("some+secret+key", "eu-central-1", "BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2")]
    [InlineData("another+secret+key", "ap-southeast-2", "BJ6PdrMLNJeus1gumiFpKLAsYTvy5J/Z31/2cxsHaEO8")]
    public void The_password_is_the_one_that_SES_derives(string secret, string region, string password) =>
        Assert.Equal(password, SmtpPasswords.Derive(secret, region));

    [Theory]
    [InlineData("BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2", "eu-central-1", true)]
    [InlineData("BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2", "us-east-1", false)]
    [InlineData("some+secret+key", "eu-central-1", false)]
    [InlineData("", "eu-central-1", false)]
    public void A_key_lets_in_by_the_password_of_its_region_and_not_by_its_secret(string password, string region, bool letsIn) =>
        Assert.Equal(letsIn, SmtpPasswords.IsOf(Key, password, region));

    [Fact]
    public void An_imported_credential_lets_in_by_its_own_password_alone()
    {
        var imported = new AccessKey("AKIAIMPORTED00000001", "") { SmtpOnly = true, SmtpPassword = "BImported" };
        Assert.True(SmtpPasswords.IsOf(imported, "BImported", "eu-central-1"));
        Assert.False(SmtpPasswords.IsOf(imported, SmtpPasswords.Derive("", "eu-central-1"), "eu-central-1"));
    }

    [Fact]
    public void A_disabled_key_an_absent_one_and_one_without_secret_let_nobody_in()
    {
        var password = SmtpPasswords.Derive(Key.Secret, "eu-central-1");
        Assert.False(SmtpPasswords.IsOf(Key with { IsEnabled = false }, password, "eu-central-1"));
        foreach (var guess in new[] { "", password, SmtpPasswords.Derive("", "eu-central-1"), NoKeyPassword() })
        {
            Assert.False(SmtpPasswords.IsOf(null, guess, "eu-central-1"));
            Assert.False(SmtpPasswords.IsOf(Key with { Secret = "" }, guess, "eu-central-1"));
        }
    }

    /// <summary>What is compared with where there is no key: to know it must not help.</summary>
    private static string NoKeyPassword() =>
        SmtpPasswords.Derive("there is no such key; this takes the time that a secret takes", "eu-central-1");
}
