import { cookies } from 'next/headers';

export async function POST(request) {
  const form = await request.formData();
  (await cookies()).set('session', form.get('user'), { sameSite: 'strict', httpOnly: true });
  return Response.json({});
}
