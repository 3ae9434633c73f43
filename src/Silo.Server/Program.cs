using Silo.Server.Hosting;

return await ServerProgram.Run(args);
