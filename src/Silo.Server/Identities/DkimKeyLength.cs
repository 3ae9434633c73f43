namespace Silo.Server.Identities;

/// <summary>Lengths of keys as SES names them.</summary>
internal static class DkimKeyLength
{
    public const string Short = "RSA_1024_BIT";
    public const string Usual = "RSA_2048_BIT";

    public static int BitsOf(string? name) => name == Short ? 1_024 : 2_048;
}
