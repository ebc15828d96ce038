Console.Error.WriteLine("cxr");
return 0;
